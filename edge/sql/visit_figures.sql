-- Counts a cart whose shopper came back; before visit_cart.sql in the same batch. Index: primary keys. Rows: 1, once.
-- ?1 site ?2 cart ?3 bit
INSERT INTO metric (site, day, name, currency, value)
SELECT site, day, 'returned', '', 1 FROM cart WHERE site = ?1 AND id = ?2 AND NOT counted & ?3
ON CONFLICT (site, day, name, currency) DO UPDATE SET value = value + 1
