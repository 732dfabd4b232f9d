-- Reminders that wait for something, by reason; at most 1,000 are looked at. Index: outbox_next.
-- ?1 site
SELECT reason, count(*) AS reminders, min(next) AS next FROM (SELECT reason, next FROM outbox WHERE site = ?1 AND next IS NOT NULL ORDER BY next LIMIT 1000)
WHERE reason IS NOT NULL GROUP BY reason
