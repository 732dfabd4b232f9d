-- The breakers of some sites, as far as they ever fell. Index: primary key. Reads: 1 a site.
-- ?1 [site, …]
SELECT b.site, b.until, b.baseline_hour, b.baseline_addresses, b.baseline_day, b.baseline_sent, b.baseline_bounced, b.baseline_complained
FROM json_each(?1) j CROSS JOIN breaker b ON b.site = j.value
