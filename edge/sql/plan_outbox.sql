-- Plans reminders: one row for each (cart, cycle, step), however often it is asked. Its time has come, so `next` is free to
-- say the order inside the site: by the time it was meant to leave, first steps 1,000 days (86,400,000,000 ms) ahead.
-- Index: primary keys. Rows: 2 a reminder (row, next), 3 an unproven one; 0 when it is there already.
-- ?1 [{site, cart, version, active, due, cycle, step, position, mailbox_hash, trust, scheduled}] ?2 now
INSERT INTO outbox (site, cart, cycle, step, position, mailbox_hash, trust, ip_prefix_hash, ip_prefix_at, scheduled, planned_at, next)
SELECT c.site, c.id, j.value ->> 'cycle', j.value ->> 'step', j.value ->> 'position', c.mailbox_hash, j.value ->> 'trust',
  iif(j.value ->> 'trust' = 0, coalesce(c.ip_prefix_hash, ''), NULL), iif(j.value ->> 'trust' = 0, coalesce(c.ip_prefix_at, ?2), NULL),
  j.value ->> 'scheduled', ?2,
  min(j.value ->> 'scheduled', ?2) - iif(j.value ->> 'position' = 0, 86400000000, 0)
FROM json_each(?1) j
JOIN cart c ON c.site = j.value ->> 'site' AND c.id = j.value ->> 'cart'
WHERE j.value ->> 'step' IS NOT NULL AND c.mailbox_hash = j.value ->> 'mailbox_hash'
  AND c.version = j.value ->> 'version' AND c.active_at = j.value ->> 'active' AND c.due = j.value ->> 'due'
ON CONFLICT (site, cart, cycle, step) DO NOTHING
