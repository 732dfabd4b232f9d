-- Whether the address of a cart is on the list of those not mailed. Index: primary keys. Reads: 3.
-- ?1 site ?2 cart
SELECT x.reason, x.at FROM cart c JOIN site s ON s.id = c.site
JOIN suppression x ON x.scope IN (s.merchant, '*') AND x.mailbox_hash = c.mailbox_hash
WHERE c.site = ?1 AND c.id = ?2
