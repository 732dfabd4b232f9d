-- The cart named in a refusal, should none of its events have arrived yet.
-- Index: primary key. Rows: 2 when new, else 0.
-- ?1 site ?2 cart ?3 now ?4 day
INSERT INTO cart (site, id, version, state, since, created, day, active_at, session_last, history)
VALUES (?1, ?2, '', 4, ?3, ?3, ?4, ?3, ?3, json_array(json_array(CAST(?3 AS INTEGER), 'refused', 0, 0)))
ON CONFLICT (site, id) DO NOTHING
