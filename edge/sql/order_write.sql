-- Writes the new state of an order unless somebody else did since it was read; everything behind it asks for `writer`.
-- Index: primary key. Rows: 1, or 0 when somebody else was faster.
-- ?1 site ?2 number ?3 status ?4 source ?5 total ?6 refunded ?7 currency ?8 cart ?9 placed_at ?10 expected revision ?11 writer
INSERT INTO orders (site, number, status, source, total, refunded, currency, cart, placed_at, revision, writer)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 + 1, ?11)
ON CONFLICT (site, number) DO UPDATE SET status = ?3, source = max(source, ?4), total = ?5, refunded = ?6, currency = ?7,
  cart = coalesce(?8, cart), revision = revision + 1, writer = ?11
WHERE orders.revision = ?10
RETURNING revision
