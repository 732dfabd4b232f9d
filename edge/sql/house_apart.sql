-- Carts excluded for longer than is useful, over all sites. Index: cart_list, one search a site. Rows: 2 a cart.
-- ?1 excluded before ?2 how many
DELETE FROM cart WHERE (site, id) IN (
  SELECT c.site, c.id FROM site s CROSS JOIN cart c ON c.site = s.id AND c.state = 4 AND likely(c.state > 0) AND c.since < ?1
  WHERE c.exclusion IS NOT NULL LIMIT ?2)
