-- Carts whose time to be looked at has come, the longest waiting first.
-- Index: cart_due. Reads: nothing due 1, else about 3 a cart.
-- ?1 now ?2 how many
SELECT c.site, c.id, c.version, c.active_at, c.due, c.state, c.items, c.mailbox, c.created, c.planned, c.run, c.customer,
  c.session_minted, c.session_last, c.via, c.superseded_by, k.basis, k.refused_at
FROM cart c LEFT JOIN contact k ON k.site = c.site AND k.mailbox = c.mailbox
WHERE c.due <= ?1 ORDER BY c.due LIMIT ?2
