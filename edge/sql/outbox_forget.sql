-- First attempts that surely reached nobody leave nothing behind: no frozen content, no use of a cap.
-- Behind outbox_record.sql in the same batch. Index: primary key. Rows: 2 a reminder.
-- ?1 [{site, cart, run, step}] ?2 now
UPDATE outbox SET first = NULL, counted_at = NULL, version = NULL, template = NULL, locale = NULL, hash = NULL
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'run' AS run, value ->> 'step' AS step FROM json_each(?1)) j
WHERE outbox.site = j.site AND outbox.cart = j.cart AND outbox.run = j.run AND outbox.step = j.step
  AND outbox.state = 0 AND outbox.reason_at = ?2 AND outbox.tries <= 1
