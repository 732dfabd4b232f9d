-- Addresses the provider refused for good are not tried again by anybody. Index: primary key. Rows: 1 a mailbox_hash, once.
-- ?1 [{mailbox_hash, site}] ?2 now
INSERT INTO suppression (scope, mailbox_hash, reason, at, site)
SELECT '*', value ->> 'mailbox_hash', 'bounced', ?2, value ->> 'site' FROM json_each(?1) WHERE true
ON CONFLICT (scope, mailbox_hash) DO NOTHING
