-- One cart by its id (?1) with the address it is known under, for assertions; a test's database is small, no index is needed.
SELECT cart.state, cart.currency, cart.total, cart.lines, cart.order_number, contact.address
FROM cart
LEFT JOIN contact ON contact.site = cart.site AND contact.mailbox_hash = cart.mailbox_hash
WHERE cart.id = ?1
