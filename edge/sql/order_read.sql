-- An order as it was last reported. Index: primary key. Reads: 1.
-- ?1 site ?2 number
SELECT status, source, total, refunded, currency, cart, revision, placed_at FROM orders WHERE site = ?1 AND number = ?2
