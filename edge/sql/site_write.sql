-- Makes or changes a site. Index: primary key. Rows: 1.
-- ?1 id ?2 merchant ?3 name ?4 state ?5 paused ?6 settings ?7 now
INSERT INTO site (id, merchant, name, state, paused, settings, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (id) DO UPDATE SET name = ?3, state = ?4, paused = ?5, settings = ?6
