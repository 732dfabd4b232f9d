-- The other names of the carts that house_apart.sql takes away; before it in the same batch.
-- Index: cart_list, one search a site, and the primary key. Rows: 1 a name.
-- ?1 excluded before ?2 how many
DELETE FROM identity WHERE (site, key, cart) IN (
  SELECT g.site, n.value, g.id FROM (
    SELECT c.site, c.id, c.token, c.customer FROM site s CROSS JOIN cart c
      ON c.site = s.id AND c.state = 4 AND likely(c.state > 0) AND c.since < ?1
    WHERE c.exclusion IS NOT NULL LIMIT ?2) g
  CROSS JOIN json_each(json_array('token:' || g.token, 'customer:' || g.customer)) n WHERE n.value IS NOT NULL)
