-- One site. Index: primary key. Reads: 1.
-- ?1 site
SELECT id, merchant, name, state, paused, settings FROM site WHERE id = ?1
