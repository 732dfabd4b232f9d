-- Puts a mailbox_hash on the list of those that are not mailed; the first reason stays. Index: primary key. Rows: 1, once.
-- ?1 scope ?2 mailbox_hash ?3 reason ?4 now ?5 site
INSERT INTO suppression (scope, mailbox_hash, reason, at, site) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (scope, mailbox_hash) DO NOTHING
