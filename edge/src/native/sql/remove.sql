-- Removes one row for a test; `{key}` is its primary key.
DELETE FROM {table} WHERE {key}
