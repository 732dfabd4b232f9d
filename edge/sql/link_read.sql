-- What stands behind a link of a mail. Index: primary keys. Reads: 3.
-- ?1 site ?2 cart ?3 cycle ?4 step
SELECT o.state, o.first, o.mailbox_hash, o.visited_at, s.name, s.settings, s.merchant, c.state AS cart_state, c.created, c.day, c.currency, c.total, c.items,
  c.lines, c.token, c.counted, c.returned_at, c.version
FROM outbox o JOIN site s ON s.id = o.site LEFT JOIN cart c ON c.site = o.site AND c.id = o.cart
WHERE o.site = ?1 AND o.cart = ?2 AND o.cycle = ?3 AND o.step = ?4
