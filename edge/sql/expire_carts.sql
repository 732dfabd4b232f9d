-- Carts left for longer than their site keeps them, over all sites. Index: cart_list, one search a site. Rows: 2 a cart.
-- ?1 state ?2 now ?3 retention where a site has none of its own, in milliseconds ?4 how many
UPDATE cart SET state = 3, since = ?2, due = NULL
WHERE (site, id) IN (
  SELECT c.site, c.id FROM site s CROSS JOIN cart c ON c.site = s.id AND c.state = ?1 AND likely(c.state > 0)
    AND c.since < ?2 - coalesce(s.settings ->> '$.policy.retention', ?3)
  LIMIT ?4)
