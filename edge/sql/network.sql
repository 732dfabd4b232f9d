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

-- name: note_paid_order
-- A paid order that the shop's server told: its cart gives back the place that it took in the share of its network, and the order
-- raises that share, since it cost its buyer something. In front of settle_carts, which lets go of the cart's network; once
-- a reminder is planned, the network is the reminder's until that ends.
-- Index: primary keys. Rows: 1 where the network is known, else 0. Reads: 3, and 1 a reminder of the cart.
-- takes: site site_id, cart cart_id, hour integer (since 1970), number text, writer text
UPDATE network SET
  places = (SELECT json_group_array(json(e.value)) FROM json_each(network.places) e WHERE NOT (e.value ->> 1 = :site AND e.value ->> 2 = :cart)),
  paid = (SELECT json_group_array(json_array(hour, site, orders)) FROM (
    SELECT value ->> 0 AS hour, value ->> 1 AS site, sum(value ->> 2) AS orders FROM (
      SELECT value FROM json_each(network.paid) UNION ALL SELECT json_array(CAST(:hour AS INTEGER), :site, 1))
    WHERE hour > :hour - 25 GROUP BY 1, 2))
WHERE prefix_hash = coalesce((SELECT network FROM cart WHERE site = :site AND id = :cart),
    (SELECT o.network FROM outbox o WHERE o.site = :site AND o.cart = :cart AND o.network IS NOT NULL LIMIT 1))
  AND EXISTS (SELECT 1 FROM orders WHERE site = :site AND number = :number AND writer = :writer)

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
