-- Other names of an erased person's carts. Walks the sites of the merchant, which are few. Index: primary keys. Rows: 1 a name.
-- ?1 merchant ?2 mailbox_hash
DELETE FROM identity WHERE (site, key, cart) IN (
  SELECT i.site, i.key, i.cart
  FROM site s CROSS JOIN contact k ON k.site = s.id AND k.mailbox_hash = ?2 CROSS JOIN json_each(k.carts) n
  CROSS JOIN cart c ON c.site = k.site AND c.id = n.value AND c.mailbox_hash = ?2
  CROSS JOIN identity i ON i.site = c.site AND i.key IN ('token:' || c.token, 'customer:' || c.customer) AND i.cart = c.id
  WHERE s.merchant = ?1)
