-- Makes a site of the id `:id` with the settings of the first one, for tests only.
INSERT INTO merchant (id, name, created) VALUES (:id, 'Merchant', 0);
INSERT INTO site (id, merchant, name, state, settings, created) SELECT :id, :id, name, state, settings, created FROM site ORDER BY id LIMIT 1;
