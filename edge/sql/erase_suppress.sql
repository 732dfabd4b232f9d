-- An erased address is not mailed again by any site of the merchant. Index: primary key. Rows: 1.
-- ?1 merchant ?2 mailbox_hash ?3 now
INSERT INTO suppression (scope, mailbox_hash, reason, at, site) VALUES (?1, ?2, 'erased', ?3, '')
ON CONFLICT (scope, mailbox_hash) DO UPDATE SET reason = 'erased', at = excluded.at, site = ''
