-- A migration to come adds a column to each table; `{table}` is its name.
ALTER TABLE {table} ADD COLUMN of_tomorrow TEXT
