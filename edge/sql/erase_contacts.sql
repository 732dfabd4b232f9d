-- An erased address leaves its contacts; the hash and the proof of what was agreed to stay.
-- Walks the sites of the merchant, which are few. Index: primary key. Rows: 1 a site that knew it.
-- ?1 merchant ?2 mailbox_hash ?3 now
UPDATE contact SET address = NULL, carts = '[]', basis = NULL, erased_at = ?3
WHERE mailbox_hash = ?2 AND site IN (SELECT id FROM site WHERE merchant = ?1) AND erased_at IS NULL
RETURNING site
