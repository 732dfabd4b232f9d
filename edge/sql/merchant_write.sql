-- Makes the merchant behind the first site. Index: primary key. Rows: 1, once.
-- ?1 id ?2 name ?3 now
INSERT INTO merchant (id, name, created) VALUES (?1, ?2, ?3)
ON CONFLICT (id) DO NOTHING
