-- Changes a site's state and settings and leaves a pause as it is. Index: primary key. Rows: 1.
-- ?1 id ?2 state ?3 settings
UPDATE site SET state = ?2, settings = ?3 WHERE id = ?1
