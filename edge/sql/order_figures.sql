-- What the order changes in the metrics of the days on which its carts were made.
-- Index: primary keys. Rows: one a day and metric.
-- ?1 site ?2 [{day, name, currency, value}] ?3 number ?4 writer
INSERT INTO metric (site, day, name, currency, value)
SELECT ?1, j.value ->> 'day', j.value ->> 'name', j.value ->> 'currency', sum(j.value ->> 'value')
FROM json_each(?2) j
WHERE EXISTS (SELECT 1 FROM orders WHERE site = ?1 AND number = ?3 AND writer = ?4)
GROUP BY 2, 3, 4
ON CONFLICT (site, day, name, currency) DO UPDATE SET value = value + excluded.value
