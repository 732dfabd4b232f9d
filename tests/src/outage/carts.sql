-- Every cart with its pieces and its address.
SELECT c.id, c.items, k.address FROM cart c LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
