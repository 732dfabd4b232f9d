-- Counts new addresses that nobody vouched for; before plan_outbox.sql in the same batch, and only where there are any.
-- Index: primary keys. Rows: one a site.
-- ?1 as in plan_outbox.sql ?2 hour
INSERT INTO unproven_hour (site, hour, addresses)
SELECT c.site, ?2, count(*)
FROM json_each(?1) j
JOIN cart c ON c.site = j.value ->> 'site' AND c.id = j.value ->> 'cart'
WHERE j.value ->> 'step' IS NOT NULL AND j.value ->> 'trust' = 0 AND j.value ->> 'position' = 0 AND c.mailbox_hash = j.value ->> 'mailbox_hash'
  AND c.version = j.value ->> 'version' AND c.active_at = j.value ->> 'active' AND c.due = j.value ->> 'due'
  AND NOT EXISTS (SELECT 1 FROM outbox o
    WHERE o.site = c.site AND o.cart = c.id AND o.cycle = j.value ->> 'cycle' AND o.step = j.value ->> 'step')
GROUP BY c.site
ON CONFLICT (site, hour) DO UPDATE SET addresses = addresses + excluded.addresses
