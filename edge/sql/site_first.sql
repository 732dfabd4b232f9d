-- The deployment's sites, for the dashboard of a single shop. Index: primary key. Reads: 1.
SELECT id, merchant, name, state, paused, settings FROM site ORDER BY id LIMIT 1
