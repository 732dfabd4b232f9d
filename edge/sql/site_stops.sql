-- What keeps a site from sending beside its own pause. Index: primary keys. Reads: 4.
-- ?1 site ?2 now
SELECT d.paused AS everything, m.paused AS merchant, b.cause, b.since, b.until, b.counted, b.against
FROM site s JOIN merchant m ON m.id = s.merchant JOIN deployment d ON d.id = 1
LEFT JOIN breaker b ON b.site = s.id AND b.until > ?2 WHERE s.id = ?1
