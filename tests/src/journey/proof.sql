-- What proves an address (?1) of a cart, for assertions; a test's database is small, no index is needed.
SELECT cart.proof FROM cart
JOIN contact ON contact.site = cart.site AND contact.mailbox_hash = cart.mailbox_hash
WHERE contact.address = ?1
