-- Carts that took an address by their customer are its owner's. Behind customer_join.sql in the same batch.
-- Index: primary keys. Rows: 1 where a cart is new to the contact, else 0.
-- ?1 site ?2 'customer:…' ?3 cart of the event
UPDATE contact SET carts = (SELECT json_group_array(value) FROM (
  SELECT value FROM json_each(contact.carts)
  UNION SELECT c.id FROM identity i CROSS JOIN cart c ON c.site = i.site AND c.id = i.cart
    WHERE i.site = ?1 AND i.key = ?2 AND c.signed = 1 AND c.mailbox_hash = contact.mailbox_hash))
WHERE site = ?1 AND mailbox_hash = (SELECT mailbox_hash FROM cart WHERE site = ?1 AND id = ?3) AND erased_at IS NULL
  AND EXISTS (SELECT 1 FROM identity i CROSS JOIN cart c ON c.site = i.site AND c.id = i.cart
    WHERE i.site = ?1 AND i.key = ?2 AND c.signed = 1 AND c.mailbox_hash = contact.mailbox_hash
      AND NOT EXISTS (SELECT 1 FROM json_each(contact.carts) WHERE value = c.id))
