-- What became of the newest order that was reported for a cart. Index: primary keys. Reads: 2.
-- ?1 site ?2 cart
SELECT o.number, o.status, o.refunded, o.currency, p.at FROM purchase p JOIN orders o ON o.site = p.site AND o.number = p.number
WHERE p.site = ?1 AND p.key = 'cart:' || ?2 ORDER BY p.at DESC LIMIT 1
