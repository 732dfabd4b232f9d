-- A metric as shown and as the carts carry it. Walks both tables: worlds are small.
-- ?1 name ?2 bit
SELECT s.id, coalesce((SELECT sum(value) FROM metric f WHERE f.site = s.id AND f.name = ?1), 0) AS shown,
  (SELECT count(*) FROM cart c WHERE c.site = s.id AND c.counted & CAST(?2 AS INTEGER)) AS counted
FROM site s
