-- Carts an order may be about: by cart id, checkout token, customer, address; the carts that took over from those, and
-- the carts those were rebuilt from. D1 takes at most five terms in a compound SELECT.
-- Index: primary keys (CROSS JOIN keeps the carts from being walked first). Reads: about 3 a cart.
-- ?1 site ?2 cart ?3 'token:…' ?4 'customer:…' ?5 mailbox_hash ?6 first cart id of the visitor ?7 first behind them ?8 number
WITH named AS (
  SELECT ?2 AS id, 4 AS strength WHERE ?2 IS NOT NULL
  UNION ALL SELECT cart, iif(key = ?3, 3, 2) FROM identity WHERE site = ?1 AND key IN (?3, ?4)
  UNION ALL SELECT n.value, 1 FROM contact k, json_each(k.carts) n WHERE k.site = ?1 AND k.mailbox_hash = ?5
  UNION ALL SELECT id, 0 FROM cart WHERE ?6 IS NOT NULL AND site = ?1 AND id >= ?6 AND id < ?7
  UNION ALL SELECT cart, 4 FROM orders WHERE site = ?1 AND number = ?8 AND cart IS NOT NULL),
strongest AS (SELECT id, max(strength) AS strength FROM named GROUP BY id),
chained AS (
  SELECT id, strength FROM strongest
  UNION SELECT c.superseded_by, 1 FROM strongest t CROSS JOIN cart c ON c.site = ?1 AND c.id = t.id
    WHERE t.strength >= 1 AND c.superseded_by IS NOT NULL
  UNION SELECT substr(c.via, 1, instr(c.via, '/') - 1), -1 FROM strongest t CROSS JOIN cart c ON c.site = ?1 AND c.id = t.id WHERE c.via IS NOT NULL)
SELECT c.id, max(t.strength) AS strength, c.state, c.created, c.day, c.items, c.mailbox_hash, c.customer, c.via, c.via_at, c.returned_at, c.counted,
  c.order_number, c.order_total, c.order_currency, c.order_confirmed, c.recovered, c.superseded_by, c.abandoned_at
FROM chained t CROSS JOIN cart c ON c.site = ?1 AND c.id = t.id
GROUP BY c.id ORDER BY c.created, c.id
