-- What asking came to: surely never seen, so that a new attempt may be made, or to be asked again, or never again.
-- Only as long as nothing else happened to the reminder since it was read. Index: primary key. Rows: 2, 4 for a new attempt.
-- ?1 [{site, cart, cycle, step, tries, asked, again, next}] ?2 now
UPDATE outbox SET
  look_up_at = j.next,
  next = iif(j.again, ?2, outbox.next),
  reason = iif(j.again, 'never_arrived', reason),
  reason_at = iif(j.again, ?2, reason_at),
  ended_at = iif(j.again, NULL, ended_at),
  first = iif(j.again, NULL, first),
  counted_at = iif(j.again, NULL, counted_at),
  version = iif(j.again, NULL, version),
  template = iif(j.again, NULL, template),
  locale = iif(j.again, NULL, locale),
  hash = iif(j.again, NULL, hash),
  provider = iif(j.again, NULL, provider),
  batch = iif(j.again, '', batch),
  state = iif(j.again, 0, state)
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'cycle' AS cycle, value ->> 'step' AS step,
    value ->> 'tries' AS tries, value ->> 'asked' AS asked, value ->> 'again' AS again, value ->> 'next' AS next FROM json_each(?1)) j
WHERE outbox.site = j.site AND outbox.cart = j.cart AND outbox.cycle = j.cycle AND outbox.step = j.step
  AND outbox.state = 8 AND outbox.tries = j.tries AND outbox.look_up_at = j.asked
