-- How the sites are planned for whose turn it is, and which of them are held as a whole. Index: primary keys. Reads: 4 a site.
-- ?1 [site, …]
SELECT s.id, s.settings, s.state = 'test' AS tests, s.state <> 'live' OR s.paused OR m.paused OR d.paused AS parked
FROM json_each(?1) j CROSS JOIN site s ON s.id = j.value JOIN merchant m ON m.id = s.merchant JOIN deployment d ON d.id = 1
