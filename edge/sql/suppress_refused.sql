-- Addresses the provider refused for good are not tried again by anybody. Index: primary key. Rows: 1 a mailbox, once.
-- ?1 [{mailbox, site}] ?2 now
INSERT INTO suppression (scope, mailbox, reason, at, site)
SELECT '*', value ->> 'mailbox', 'bounced', ?2, value ->> 'site' FROM json_each(?1) WHERE true
ON CONFLICT (scope, mailbox) DO NOTHING
