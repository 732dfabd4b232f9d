-- Counts carts that turn out to have been mailed; before event_reminders.sql in the same batch.
-- Index: primary keys. Rows: one a site and day, where something was resolved.
-- ?1 [{site, cart, cycle, step, kind, provider}]
INSERT INTO metric (site, day, name, currency, value)
SELECT c.site, c.day, 'notified', '', count(DISTINCT c.id)
FROM json_each(?1) j
JOIN outbox o ON o.site = j.value ->> 'site' AND o.cart = j.value ->> 'cart' AND o.cycle = j.value ->> 'cycle' AND o.step = j.value ->> 'step'
JOIN cart c ON c.site = o.site AND c.id = o.cart
WHERE o.state IN (0, 1, 2, 8) AND NOT EXISTS (SELECT 1 FROM outbox x WHERE x.site = o.site AND x.cart = o.cart AND x.state = 3)
GROUP BY 1, 2
ON CONFLICT (site, day, name, currency) DO UPDATE SET value = value + excluded.value
