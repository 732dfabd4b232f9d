-- The deployment's own row, when cron was last here, and whether the mail provider stopped. Index: primary keys. Reads: 3.
SELECT d.origin, d.paused, h.at AS cron_at, h.note AS cron_note, h.sent_at, h.turn, length(h.sent) AS noted, m.at AS mail_at, m.note AS mail_note
FROM deployment d LEFT JOIN heartbeat h ON h.job = 'cron' LEFT JOIN heartbeat m ON m.job = 'mail' WHERE d.id = 1
