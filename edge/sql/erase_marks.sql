-- Marks of orders under an erased person's names; those under cart ids stay, they drop late events.
-- Walks the sites of the merchant, which are few. Index: primary keys. Rows: 1 a mark.
-- ?1 merchant ?2 mailbox_hash
DELETE FROM purchase WHERE (site, key, number) IN (
  SELECT p.site, p.key, p.number
  FROM site s CROSS JOIN contact k ON k.site = s.id AND k.mailbox_hash = ?2 CROSS JOIN json_each(k.carts) n
  CROSS JOIN cart c ON c.site = k.site AND c.id = n.value AND c.mailbox_hash = ?2
  CROSS JOIN purchase p ON p.site = c.site AND p.key IN ('mailbox:' || ?2, 'token:' || c.token, 'customer:' || c.customer)
  WHERE s.merchant = ?1)
