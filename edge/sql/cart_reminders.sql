-- The reminders of one cart. Index: primary key of outbox. Reads: one a reminder.
-- ?1 site ?2 cart
SELECT step, position, trust, state, scheduled, planned_at, next, first, hold, reason, detail, reason_at, provider_id, ended_at, visited_at,
  look_up_at, delivered_at, bounced_at, complained_at
FROM outbox WHERE site = ?1 AND cart = ?2 ORDER BY cycle, planned_at, position
