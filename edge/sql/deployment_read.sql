-- The deployment's own row, and when cron was last here. Index: primary keys. Reads: 2.
SELECT d.origin, d.paused, h.at AS cron_at, h.note AS cron_note, h.sent_at, h.turn
FROM deployment d LEFT JOIN heartbeat h ON h.job = 'cron' WHERE d.id = 1
