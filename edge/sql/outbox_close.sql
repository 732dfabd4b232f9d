-- Takes reminders that did not pass the gate out of this run: ended, or held until their next look.
-- Index: primary key. Rows: 1 ended, 2 held.
-- ?1 [{site, cart, cycle, step, next, look_up}] ?2 owner ?3 now
UPDATE outbox SET next = j.next, look_up_at = j.look_up, lease = NULL, owner = NULL, ended_at = iif(j.next IS NULL, ?3, NULL)
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'cycle' AS cycle, value ->> 'step' AS step,
    value ->> 'next' AS next, value ->> 'look_up' AS look_up FROM json_each(?1)) j
WHERE outbox.site = j.site AND outbox.cart = j.cart AND outbox.cycle = j.cycle AND outbox.step = j.step
  AND outbox.owner = ?2 AND outbox.state NOT IN (1, 2)
