-- Carts left for longer than the site keeps them. Index: cart_list. Rows: 2 a cart.
-- ?1 site ?2 state ?3 older than ?4 now ?5 how many
UPDATE cart SET state = 3, since = ?4, due = NULL
WHERE (site, id) IN (SELECT site, id FROM cart WHERE site = ?1 AND state = ?2 AND likely(state > 0) AND since < ?3 ORDER BY since LIMIT ?5)
