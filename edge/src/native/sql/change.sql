-- Changes one row for a test: `{columns}` are those that differ, `{key}` is the row's primary key.
UPDATE {table} SET {columns} WHERE {key}
