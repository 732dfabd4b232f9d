-- The database was put back to an earlier time: it does not remember a run that sent as late as the cache does. Asked again
-- here, since another run may have ended between reading the one and the other. Index: primary keys. Rows: 1, or 0.
-- ?1 when the last run that sent something did
UPDATE deployment SET rolled_back_until = max(rolled_back_until, ?1)
WHERE id = 1 AND NOT EXISTS (SELECT 1 FROM heartbeat h WHERE h.job = 'cron' AND h.sent_at >= ?1)
