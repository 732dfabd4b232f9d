-- Pauses a site or lets it go on. Index: primary key. Rows: 1.
-- ?1 site ?2 whether it is paused
UPDATE site SET paused = ?2 WHERE id = ?1
