-- What a provider says became of reminders. Whatever it says, it had the mail: one that waits for an answer is sent.
-- A run that still holds the reminder finds no owner and no state of its own any more, so it records nothing.
-- Index: primary key. Rows: 1 a reminder, 2 where it left the index of what is next or was not counted; a repeated event 0.
-- ?1 [{site, cart, cycle, step, kind, provider}] ?2 now
UPDATE outbox SET
  delivered_at = iif(j.kind = 'delivered', coalesce(delivered_at, ?2), delivered_at),
  bounced_at = iif(j.kind = 'bounced', coalesce(bounced_at, ?2), bounced_at),
  complained_at = iif(j.kind = 'complained', coalesce(complained_at, ?2), complained_at),
  provider_id = coalesce(provider_id, j.provider),
  counted_at = iif(state IN (0, 1, 2, 8), coalesce(counted_at, ?2), counted_at),
  ended_at = iif(state IN (0, 1, 2), ?2, ended_at),
  reason = iif(state IN (0, 1, 2, 8), NULL, reason),
  detail = iif(state IN (0, 1, 2, 8), '', detail),
  reason_at = iif(state IN (0, 1, 2, 8), ?2, reason_at),
  next = iif(state IN (0, 1, 2, 8), NULL, next),
  look_up_at = iif(state IN (0, 1, 2, 8), NULL, look_up_at),
  owner = iif(state IN (0, 1, 2, 8), NULL, owner),
  lease = iif(state IN (0, 1, 2, 8), NULL, lease),
  state = iif(state IN (0, 1, 2, 8), 3, state)
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'cycle' AS cycle, value ->> 'step' AS step,
    value ->> 'kind' AS kind, value ->> 'provider' AS provider FROM json_each(?1)) j
WHERE outbox.site = j.site AND outbox.cart = j.cart AND outbox.cycle = j.cycle AND outbox.step = j.step
  AND (state IN (0, 1, 2, 8) OR (j.kind = 'delivered' AND delivered_at IS NULL)
    OR (j.kind = 'bounced' AND bounced_at IS NULL) OR (j.kind = 'complained' AND complained_at IS NULL))
