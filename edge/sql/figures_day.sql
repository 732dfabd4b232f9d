-- The counters of one day. Index: primary key. Reads: one a metric.
-- ?1 site ?2 day
SELECT name, currency, value FROM metric WHERE site = ?1 AND day = ?2
