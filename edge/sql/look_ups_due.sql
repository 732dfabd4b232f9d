-- Reminders whose answer was lost and that the provider is asked about now. Index: outbox_look_up. Reads: 1 each; none: 0.
-- ?1 now ?2 how many
SELECT site, cart, cycle, step, scheduled, tries, look_up_at, provider FROM outbox WHERE look_up_at <= ?1 ORDER BY look_up_at LIMIT ?2
