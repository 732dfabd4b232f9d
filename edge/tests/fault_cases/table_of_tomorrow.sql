-- A migration to come adds a table.
CREATE TABLE of_tomorrow (id INTEGER PRIMARY KEY) STRICT
