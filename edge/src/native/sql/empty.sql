-- Removes every row of a table, before a test puts an earlier state back.
DELETE FROM {table}
