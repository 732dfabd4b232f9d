-- Hours that no median asks for any more. Index: primary key, one search a site. Rows: 1 an hour.
-- ?1 first hour that stays
DELETE FROM unproven_hour WHERE (site, hour) IN (
  SELECT u.site, u.hour FROM site s CROSS JOIN unproven_hour u ON u.site = s.id AND u.hour < ?1)
