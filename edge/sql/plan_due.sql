-- Carts whose time to be looked at has come: one of each site in turn, inside a site the longest waiting first.
-- Index: cart_due, one search a site. Reads: 2 a cart that is considered, about 3 a cart that is taken.
-- What no person does is asked only of carts it can be true of: one that lived less than a second, the twelfth or later of
-- a browser, one whose address has five carts or more; at most 12 carts of a browser and those of an address are read then.
-- ?1 now ?2 [site, …], the one whose turn it is first ?3 how many a site ?4 how many
SELECT c.site, c.id, c.version, c.active_at, c.due, c.state, c.items, c.mailbox_hash, c.created, c.planned, c.cycle, c.signed,
  c.session_minted, c.session_last, c.via, c.superseded_by, k.basis, k.refused_at, k.address,
  CASE
    WHEN c.mailbox_hash IS NOT NULL AND c.active_at - c.created < 1000
      AND (SELECT count(DISTINCT h.value ->> 2) FROM json_each(c.history) h) > 3 THEN 'pace'
    WHEN CAST(substr(c.id, instr(c.id, '.') + 1) AS INTEGER) >= 12
      AND (SELECT count(*) FROM (SELECT 1 FROM cart y WHERE y.site = c.site AND y.id >= substr(c.id, 1, instr(c.id, '.'))
        AND y.id < substr(c.id, 1, instr(c.id, '.') - 1) || '/' AND y.created > c.created - 86400000 LIMIT 12)) >= 12 THEN 'repetition'
    WHEN json_array_length(k.carts) >= 5 AND (SELECT count(DISTINCT substr(y.id, 1, instr(y.id, '.')))
        FROM json_each(k.carts) n CROSS JOIN cart y ON y.site = c.site AND y.id = n.value
        WHERE abs(y.created - c.created) < 600000) >= 5 THEN 'repetition'
  END AS conduct
FROM (SELECT j.value AS site, i.value AS id FROM json_each(?2) j CROSS JOIN json_each((SELECT json_group_array(id) FROM (
    SELECT id FROM cart WHERE site = j.value AND due <= ?1 ORDER BY due LIMIT ?3))) i
  ORDER BY i.key, j.key LIMIT ?4) p
CROSS JOIN cart c ON c.site = p.site AND c.id = p.id
LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
