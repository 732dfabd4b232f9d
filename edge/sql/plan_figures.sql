-- Counts carts in the metrics they enter now; first in the batch, so that it sees the carts as the planner read them.
-- Index: primary keys. Rows: one a site, day and metric.
-- ?1 [{site, cart, version, active, due, bits}] ?2 [[bit, name], …]
INSERT INTO metric (site, day, name, currency, value)
SELECT c.site, c.day, f.value ->> 1, '', count(*)
FROM json_each(?1) j
JOIN cart c ON c.site = j.value ->> 'site' AND c.id = j.value ->> 'cart'
JOIN json_each(?2) f ON (j.value ->> 'bits') & (f.value ->> 0) AND NOT c.counted & (f.value ->> 0)
WHERE c.version = j.value ->> 'version' AND c.active_at = j.value ->> 'active' AND c.due = j.value ->> 'due'
GROUP BY 1, 2, 3
ON CONFLICT (site, day, name, currency) DO UPDATE SET value = value + excluded.value
