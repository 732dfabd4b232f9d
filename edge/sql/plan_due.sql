-- Carts whose time to be looked at has come: one of each site in turn, inside a site the longest waiting first.
-- Index: cart_due, one search a site. Reads: 2 a cart that is considered, about 3 a cart that is taken.
-- ?1 now ?2 [site, …], the one whose turn it is first ?3 how many a site ?4 how many
SELECT c.site, c.id, c.version, c.active_at, c.due, c.state, c.items, c.mailbox, c.created, c.planned, c.run, c.customer,
  c.session_minted, c.session_last, c.via, c.superseded_by, k.basis, k.refused_at
FROM (SELECT j.value AS site, i.value AS id FROM json_each(?2) j CROSS JOIN json_each((SELECT json_group_array(id) FROM (
    SELECT id FROM cart WHERE site = j.value AND due <= ?1 ORDER BY due LIMIT ?3))) i
  ORDER BY i.key, j.key LIMIT ?4) p
CROSS JOIN cart c ON c.site = p.site AND c.id = p.id
LEFT JOIN contact k ON k.site = c.site AND k.mailbox = c.mailbox
