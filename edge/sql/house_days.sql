-- Days older than metrics are kept. Index: primary key, one search a site. Rows: 1 a day.
-- ?1 first day that stays
DELETE FROM delivery WHERE (site, day) IN (SELECT d.site, d.day FROM site s CROSS JOIN delivery d ON d.site = s.id AND d.day < ?1)
