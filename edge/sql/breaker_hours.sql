-- New unproven addresses of a site by hour. Index: primary key. Reads: at most 169.
-- ?1 site ?2 first hour
SELECT hour, addresses FROM unproven_hour WHERE site = ?1 AND hour >= ?2
