-- Every row of a table in the order of its primary key; `{table}` is its name.
SELECT * FROM {table}
