-- Adds one row for a test: `{columns}` are named, `{values}` stand in their order.
INSERT INTO {table} ({columns}) VALUES ({values})
