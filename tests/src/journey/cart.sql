-- The oldest cart under an address (?1), for assertions; a test's database is small, no index is needed.
SELECT cart.id, cart.state, cart.items, cart.total, cart.currency, cart.active_at, cart.order_number,
  max(cart.recovered) OVER () AS recovered
FROM cart
JOIN contact ON contact.site = cart.site AND contact.mailbox_hash = cart.mailbox_hash
WHERE contact.address = ?1
ORDER BY cart.created
LIMIT 1
