-- The names of all tables, for tests that look at the whole database.
SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name
