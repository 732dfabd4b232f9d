-- What mail providers said about an erased person's mails. Walks the sites of the merchant, which are few.
-- Index: primary keys. Rows: 1 a reminder.
-- ?1 merchant ?2 mailbox_hash
UPDATE outbox SET detail = NULL WHERE (site, cart, cycle, step) IN (
  SELECT o.site, o.cart, o.cycle, o.step
  FROM site s CROSS JOIN contact k ON k.site = s.id AND k.mailbox_hash = ?2 CROSS JOIN json_each(k.carts) n
  CROSS JOIN outbox o ON o.site = k.site AND o.cart = n.value WHERE s.merchant = ?1 AND o.mailbox_hash = ?2 AND o.detail > '')
