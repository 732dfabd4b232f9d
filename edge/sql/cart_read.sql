-- One cart with its contact, and when the cart that was rebuilt from it was visited. Index: primary keys. Reads: 3.
-- ?1 site ?2 cart
SELECT c.state, c.since, c.created, c.active_at, c.currency, c.total, c.items, c.lines, c.country, c.identified_at,
  c.via, c.via_at, c.superseded_by,
  (SELECT y.via_at FROM cart y
    WHERE y.site = c.site AND y.id = c.superseded_by AND substr(y.via, 1, length(c.id) + 1) = c.id || '/') AS rebuilt_at,
  c.ordered_at, c.order_number, c.order_total, c.order_currency, c.order_confirmed, c.recovered, c.history, c.consent,
  c.mailbox_hash IS NOT NULL AS has_address, k.address, k.basis, k.basis_at, k.refused_at, c.due, k.erased_at, c.exclusion
FROM cart c LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
WHERE c.site = ?1 AND c.id = ?2
