-- Pauses the deployment (1) or lets it go on (0); for tests.
UPDATE deployment SET paused = CAST(?1 AS INTEGER) WHERE id = 1
