-- Everything a refused event could have touched, for comparing before and after; one cart, no index needed.
SELECT cart.version, cart.lines, cart.total, cart.items, cart.history, contact.address, contact.basis
FROM cart LEFT JOIN contact ON contact.site = cart.site AND contact.mailbox_hash = cart.mailbox_hash
ORDER BY cart.id
