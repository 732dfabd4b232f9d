-- What a mail provider reports about reminders, in the order of the transaction: metrics and counts before the reminders change.

-- name: count_metrics
-- Counts carts that turn out to have been mailed; before record_events in the same batch.
-- Index: primary keys. Rows: one a site and day, where something was resolved.
-- takes: events json (`[{site, cart, cycle, step, kind, provider}]`)
INSERT INTO metric (site, day, name, currency, value)
SELECT c.site, c.day, 'notified', '', count(DISTINCT c.id)
FROM json_each(:events) j
-- include: reminder_of_event
JOIN cart c ON c.site = o.site AND c.id = o.cart
WHERE o.state IN (0, 1, 2, 8) AND NOT EXISTS (SELECT 1 FROM outbox x WHERE x.site = o.site AND x.cart = o.cart AND x.state = 3)
GROUP BY 1, 2
ON CONFLICT (site, day, name, currency) DO UPDATE SET value = value + excluded.value

-- name: count_deliveries
-- Counts the outcomes of mails for the breaker, each once; before record_events in the same batch.
-- Index: primary keys. Rows: one a site and audience, for a bounce, a complaint or a resolved mail.
-- takes: events json (as for count_metrics), day integer (of UTC since 1970)
INSERT INTO delivery (site, audience, day, sent, bounced, complained)
SELECT o.site, coalesce(o.trust >= 4, 0), :day, sum(o.state IN (0, 1, 2, 8)), sum(j.value ->> 'kind' = 'bounced' AND o.bounced_at IS NULL),
  sum(j.value ->> 'kind' = 'complained' AND o.complained_at IS NULL)
FROM json_each(:events) j
-- include: reminder_of_event
WHERE o.state IN (0, 1, 2, 8) OR (j.value ->> 'kind' = 'bounced' AND o.bounced_at IS NULL)
  OR (j.value ->> 'kind' = 'complained' AND o.complained_at IS NULL)
GROUP BY 1, 2
ON CONFLICT (site, audience, day) DO UPDATE SET sent = sent + excluded.sent, bounced = bounced + excluded.bounced,
  complained = complained + excluded.complained

-- name: suppress_mailboxes
-- Hard bounces are suppressed for every merchant, complaints for this merchant only.
-- Index: primary keys. Rows: 1 a mailbox_hash, once.
-- takes: events json (as for count_metrics), now time
INSERT INTO suppression (scope, mailbox_hash, reason, at, site)
SELECT iif(j.value ->> 'kind' = 'bounced', '*', s.merchant), o.mailbox_hash, j.value ->> 'kind', :now, o.site
FROM json_each(:events) j
-- include: reminder_of_event
JOIN site s ON s.id = o.site
WHERE j.value ->> 'kind' IN ('bounced', 'complained')
ON CONFLICT (scope, mailbox_hash) DO UPDATE SET reason = excluded.reason, at = excluded.at, site = excluded.site WHERE suppression.reason = 'erased'

-- fragment: reminder_of_event
JOIN outbox o ON o.site = j.value ->> 'site' AND o.cart = j.value ->> 'cart' AND o.cycle = j.value ->> 'cycle' AND o.step = j.value ->> 'step'

-- name: find_audiences
-- The audiences of some reminders, whose breakers are to be checked.
-- Index: primary keys. Reads: 1 a reminder.
-- takes: events json (as for count_metrics)
-- gives: site site_id, audience audience
SELECT DISTINCT o.site, coalesce(o.trust >= 4, 0) AS audience FROM json_each(:events) j
-- include: reminder_of_event

-- name: record_events
-- Records the events of reminders. Each of them proves that the provider had the mail: a reminder that waits for an answer is
-- sent. A run that still holds the reminder finds no owner and no state of its own any more, so it records nothing.
-- Index: primary key. Rows: 1 a reminder, 2 where it left the index of what is next or was not counted; a repeated event 0.
-- takes: events json (as for count_metrics), now time
UPDATE outbox SET
  delivered_at = iif(j.kind = 'delivered', coalesce(delivered_at, :now), delivered_at),
  bounced_at = iif(j.kind = 'bounced', coalesce(bounced_at, :now), bounced_at),
  complained_at = iif(j.kind = 'complained', coalesce(complained_at, :now), complained_at),
  provider_id = coalesce(provider_id, j.provider),
  counted_at = iif(state IN (0, 1, 2, 8), coalesce(counted_at, :now), counted_at),
  ended_at = iif(state IN (0, 1, 2), :now, ended_at),
  reason = iif(state IN (0, 1, 2, 8), NULL, reason),
  detail = iif(state IN (0, 1, 2, 8), '', detail),
  reason_at = iif(state IN (0, 1, 2, 8), :now, reason_at),
  next = iif(state IN (0, 1, 2, 8), NULL, next),
  look_up_at = iif(state IN (0, 1, 2, 8), NULL, look_up_at),
  owner = iif(state IN (0, 1, 2, 8), NULL, owner),
  lease = iif(state IN (0, 1, 2, 8), NULL, lease),
  state = iif(state IN (0, 1, 2, 8), 3, state)
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'cycle' AS cycle, value ->> 'step' AS step,
    value ->> 'kind' AS kind, value ->> 'provider' AS provider FROM json_each(:events)) j
WHERE outbox.site = j.site AND outbox.cart = j.cart AND outbox.cycle = j.cycle AND outbox.step = j.step
  AND (state IN (0, 1, 2, 8) OR (j.kind = 'delivered' AND delivered_at IS NULL)
    OR (j.kind = 'bounced' AND bounced_at IS NULL) OR (j.kind = 'complained' AND complained_at IS NULL))
