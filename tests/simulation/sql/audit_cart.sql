-- What is kept of one cart. Index: primary key. Reads: 1.
-- ?1 site ?2 cart
SELECT state, version, items, mailbox_hash, mailbox_version, consent, consent_version FROM cart WHERE site = ?1 AND id = ?2
