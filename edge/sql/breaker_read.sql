-- The breakers of some sites, as far as they ever fell. Index: primary key. Reads: 1 a site.
-- ?1 [site, …]
SELECT b.site, b.until, b.begun_hour, b.begun_addresses, b.begun_day, b.begun_sent, b.begun_bounced, b.begun_complained
FROM json_each(?1) j CROSS JOIN breaker b ON b.site = j.value
