-- Asking the mail provider about reminders whose answer was lost.

-- name: find_look_ups
-- Reminders whose answer was lost and whose look-up is due.
-- Index: outbox_look_up. Reads: 1 each; without any: 0.
-- takes: now time, most integer
-- gives: site site_id, cart cart_id, cycle integer, step step_id, scheduled time, tries integer, look_up_at time, provider text?
SELECT site, cart, cycle, step, scheduled, tries, look_up_at, provider FROM outbox WHERE look_up_at <= :now ORDER BY look_up_at LIMIT :most

-- name: record_look_ups
-- Records the other answers than *sent*: the mail was surely never received, so a new attempt may be made (`again`); or the
-- provider is asked again at `next`; or never again. Only if the reminder has not changed since it was read.
-- Index: primary key. Rows: 2, 4 for a new attempt.
-- takes: reminders json (`[{site, cart, cycle, step, tries, asked, again, next}]`), now time
UPDATE outbox SET
  look_up_at = j.next,
  next = iif(j.again, :now, outbox.next),
  reason = iif(j.again, 'never_arrived', reason),
  reason_at = iif(j.again, :now, reason_at),
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
    value ->> 'tries' AS tries, value ->> 'asked' AS asked, value ->> 'again' AS again, value ->> 'next' AS next FROM json_each(:reminders)) j
WHERE outbox.site = j.site AND outbox.cart = j.cart AND outbox.cycle = j.cycle AND outbox.step = j.step
  AND outbox.state = 8 AND outbox.tries = j.tries AND outbox.look_up_at = j.asked
