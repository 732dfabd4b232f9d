-- Salts and networks: IP prefixes are known by a hash whose salt lives for two days.

-- name: read_salts
-- The salts of the last days and of tomorrow.
-- Index: primary key. Reads: 1 to 4.
-- takes: first integer (day of UTC since 1970)
-- gives: day integer, value text
SELECT day, value FROM salt WHERE day >= :first ORDER BY day

-- name: write_salt
-- Writes the salt of a day, once.
-- Index: primary key. Rows: 1, once.
-- takes: day integer (of UTC since 1970), value text (random)
INSERT INTO salt (day, value) VALUES (:day, :value) ON CONFLICT (day) DO NOTHING

-- name: delete_salts
-- Deletes the salts of days gone by, which makes the hashes of these days meaningless.
-- Index: primary key. Rows: 1 a day.
-- takes: first integer (the first day that stays)
DELETE FROM salt WHERE day < :first

-- name: delete_networks
-- Deletes what networks took on days gone by; their key begins with the day.
-- Index: primary key. Rows: 1 a network.
-- takes: first text (the key of the first day that stays), most integer
DELETE FROM network WHERE prefix_hash IN (SELECT prefix_hash FROM network WHERE prefix_hash < :first ORDER BY prefix_hash LIMIT :most)
