-- Pauses the deployment or lets it go on. Rows: 1.
-- ?1 nothing ?2 whether it is paused
UPDATE deployment SET paused = ?2 WHERE id = 1 AND ?1 = ''
