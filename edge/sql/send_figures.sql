-- Counts carts that were notified for the first time, and mails that were accepted although an order had come since the
-- gate; before outbox_record.sql in the same batch.
-- Index: primary keys. Rows: one a site and day.
-- ?1 [{site, cart, cycle, step, state}] ?2 owner
INSERT INTO metric (site, day, name, currency, value)
SELECT * FROM (
  SELECT c.site, c.day, 'notified', '', count(DISTINCT c.id)
  FROM json_each(?1) j
  JOIN outbox o ON o.site = j.value ->> 'site' AND o.cart = j.value ->> 'cart' AND o.cycle = j.value ->> 'cycle' AND o.step = j.value ->> 'step'
  JOIN cart c ON c.site = o.site AND c.id = o.cart
  WHERE j.value ->> 'state' = 3 AND o.owner = ?2 AND o.state = 2
    AND NOT EXISTS (SELECT 1 FROM outbox x WHERE x.site = o.site AND x.cart = o.cart AND x.state = 3)
  GROUP BY 1, 2
  UNION ALL SELECT c.site, c.day, 'raced', '', count(*)
  FROM json_each(?1) j
  JOIN outbox o ON o.site = j.value ->> 'site' AND o.cart = j.value ->> 'cart' AND o.cycle = j.value ->> 'cycle' AND o.step = j.value ->> 'step'
  JOIN cart c ON c.site = o.site AND c.id = o.cart
  WHERE j.value ->> 'state' = 3 AND o.owner = ?2 AND o.state = 2
    AND EXISTS (SELECT 1 FROM purchase p WHERE p.site = o.site AND p.status = 'placed' AND p.at >= o.reason_at
      AND p.key IN ('cart:' || o.cart, 'token:' || c.token, 'mailbox:' || o.mailbox_hash, 'customer:' || c.customer))
  GROUP BY 1, 2)
WHERE true
ON CONFLICT (site, day, name, currency) DO UPDATE SET value = value + excluded.value
