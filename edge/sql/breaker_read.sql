-- The breaker of a site, if it ever fell. Index: primary key. Reads: 1.
-- ?1 site
SELECT cause, since, until, counted, against, begun_hour, begun_addresses, begun_day, begun_sent, begun_bounced, begun_complained
FROM breaker WHERE site = ?1
