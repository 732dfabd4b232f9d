-- New unproven addresses of some sites by hour. Index: primary key. Reads: at most 169 a site.
-- ?1 [site, …] ?2 first hour
SELECT u.site, u.hour, u.addresses FROM json_each(?1) j CROSS JOIN unproven_hour u ON u.site = j.value AND u.hour >= ?2
