-- Pauses everything or lets it go on. Index: primary key. Rows: 1.
-- ?1 whether it is paused
UPDATE deployment SET paused = ?1 WHERE id = 1
