-- Pauses all sites of a merchant or lets them go on. Index: primary key. Rows: 1.
-- ?1 merchant ?2 whether it is paused
UPDATE merchant SET paused = ?2 WHERE id = ?1
