-- Erases an address of a site; only its hash stays. Index: primary key. Rows: 1.
-- ?1 site ?2 mailbox ?3 now
UPDATE contact SET erased_at = ?3, address = NULL, basis = NULL WHERE site = ?1 AND mailbox = ?2 AND erased_at IS NULL
RETURNING mailbox
