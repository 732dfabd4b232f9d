-- Carts that were left, a millisecond after each other, with an address that the shop signed and a permission. Rows: 2 a cart.
-- ?1 site ?2 how many ?3 when the first was left ?4 when it is due ?5 steps planned already ?6 number of the first
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)
INSERT INTO cart (site, id, version, state, since, created, day, active_at, due, ahead, currency, total, items, lines, mailbox_hash,
  mailbox_version, identified_at, session_minted, proof, planned, abandoned_at, counted)
SELECT ?1, printf('01JD%022d.1', ?6 + i), '0000000001.event00001', ?5 <> '[]', ?3 + i, ?3 + i, 20251124, ?3 + i, ?4 + i, 1, 'EUR', 4990, 1,
  '[{"product":"P1","variant":"M","name":"Linen shirt","quantity":1,"price":4990}]', printf('%s-%d', ?1, ?6 + i),
  '0000000001.event00001', ?3 + i, ?3 + i - 10000, 5, ?5, iif(?5 <> '[]', ?3 + i, NULL), iif(?5 <> '[]', 15, 0)
FROM n
