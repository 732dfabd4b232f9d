-- Writes the new state of an order unless somebody else did since it was read, or one of its carts has entered or left a
-- metric since; everything behind it asks for `writer`.
-- Index: primary keys. Rows: 1, or 0 when somebody else was faster. Reads: 1 a cart.
-- ?1 site ?2 number ?3 status ?4 source ?5 total ?6 refunded ?7 currency ?8 cart ?9 placed_at ?10 expected revision ?11 writer
-- ?12 [{cart, counted}]
INSERT INTO orders (site, number, status, source, total, refunded, currency, cart, placed_at, revision, writer)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 + 1, ?11
WHERE NOT EXISTS (SELECT 1 FROM json_each(?12) j CROSS JOIN cart c ON c.site = ?1 AND c.id = j.value ->> 'cart'
  WHERE c.counted <> j.value ->> 'counted')
ON CONFLICT (site, number) DO UPDATE SET status = ?3, source = max(source, ?4), total = ?5, refunded = ?6, currency = ?7,
  cart = coalesce(?8, cart), revision = revision + 1, writer = ?11
WHERE orders.revision = ?10
RETURNING revision
