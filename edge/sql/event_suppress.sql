-- Addresses that came back for good are mailed by nobody, those that complained not by this merchant.
-- Index: primary keys. Rows: 1 a mailbox_hash, once.
-- ?1 [{site, cart, cycle, step, kind, provider}] ?2 now
INSERT INTO suppression (scope, mailbox_hash, reason, at, site)
SELECT iif(j.value ->> 'kind' = 'bounced', '*', s.merchant), o.mailbox_hash, j.value ->> 'kind', ?2, o.site
FROM json_each(?1) j
JOIN outbox o ON o.site = j.value ->> 'site' AND o.cart = j.value ->> 'cart' AND o.cycle = j.value ->> 'cycle' AND o.step = j.value ->> 'step'
JOIN site s ON s.id = o.site
WHERE j.value ->> 'kind' IN ('bounced', 'complained')
ON CONFLICT (scope, mailbox_hash) DO NOTHING
