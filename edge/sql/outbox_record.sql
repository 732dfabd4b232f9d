-- Records what the attempts came to. Index: primary key. Rows: 1 ended, 2 to be tried again.
-- ?1 [{site, cart, cycle, step, state, reason, detail, next, look_up, provider}] ?2 owner ?3 now
UPDATE outbox SET state = j.state, reason = j.reason, detail = j.detail, reason_at = ?3, next = j.next, look_up_at = j.look_up, provider_id = j.provider,
  lease = NULL, owner = NULL, ended_at = iif(j.next IS NULL, ?3, NULL)
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'cycle' AS cycle, value ->> 'step' AS step,
    value ->> 'state' AS state, value ->> 'reason' AS reason, value ->> 'detail' AS detail, value ->> 'next' AS next, value ->> 'look_up' AS look_up,
    value ->> 'provider' AS provider FROM json_each(?1)) j
WHERE outbox.site = j.site AND outbox.cart = j.cart AND outbox.cycle = j.cycle AND outbox.step = j.step
  AND outbox.owner = ?2 AND outbox.state = 2
