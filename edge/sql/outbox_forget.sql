-- Attempts that surely reached nobody, with none before that may have, leave nothing behind: no frozen content, no use of a cap.
-- Before outbox_record.sql in the same batch. Index: primary key. Rows: 1 a reminder.
-- ?1 [{site, cart, cycle, step, batch}]   (`batch` is null, or '' where it must leave alone) ?2 owner
UPDATE outbox SET first = NULL, counted_at = NULL, version = NULL, template = NULL, locale = NULL, hash = NULL,
  provider = NULL, batch = j.batch
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'cycle' AS cycle, value ->> 'step' AS step,
    value ->> 'batch' AS batch FROM json_each(?1)) j
WHERE outbox.site = j.site AND outbox.cart = j.cart AND outbox.cycle = j.cycle AND outbox.step = j.step
  AND outbox.owner = ?2 AND outbox.state = 2
