-- Sending, in the order of a run: claim, load, then (after gate.sql) close the refused reminders and record the attempts.

-- name: claim_reminders
-- Claims a few reminders for one run: one of each site in turn; inside a site first steps before later ones, the oldest
-- first, which is the order of outbox_next (plan_reminders). Rows whose lease has lapsed are claimed again.
-- Index: outbox_next, one search a site. Rows: 1 a reminder. Reads: for five 36 of one site, 180 of ten, however many are due.
-- takes: owner text, lease time (until when), now time, most integer, sites json (`[site, …]`, beginning with the site whose turn it is)
-- gives: site site_id, cart cart_id, cycle integer, step step_id, position integer, mailbox_hash mailbox_hash, scheduled time,
--   first time?, version text?, hash text?, provider text?, batch text?
UPDATE outbox SET state = 1, owner = :owner, lease = :lease
WHERE (site, cart, cycle, step) IN (
  SELECT j.value, k.value ->> 0, k.value ->> 1, k.value ->> 2 FROM json_each(:sites) j CROSS JOIN json_each((
    SELECT json_group_array(json_array(cart, cycle, step)) FROM (SELECT cart, cycle, step FROM outbox
      WHERE site = j.value AND next <= :now AND (state = 0 OR (state IN (1, 2) AND lease <= :now)) ORDER BY next LIMIT :most))) k
  ORDER BY k.key, j.key LIMIT :most)
AND (state = 0 OR (state IN (1, 2) AND lease <= :now))
-- include: claimed_columns

-- name: claim_batches
-- Claims the other members of the batches that a run has claimed in part, so that a batch is repeated whole or not at all.
-- Index: outbox_batch. Rows: 1 a reminder.
-- takes: batches json (`[batch, …]`), owner text, lease time (until when), now time
-- gives: as claim_reminders
UPDATE outbox SET state = 1, owner = :owner, lease = :lease
WHERE batch IN (SELECT value FROM json_each(:batches)) AND (state = 0 OR (state IN (1, 2) AND lease <= :now))
-- include: claimed_columns

-- name: count_batches
-- The number of members of batches, and of members that have not ended; after claim_batches in the same transaction.
-- Index: outbox_batch. Reads: one a member.
-- takes: batches json (`[batch, …]`)
-- gives: batch text, members integer, open integer
SELECT batch, count(*) AS members, sum(state <= 2) AS open FROM outbox WHERE batch IN (SELECT value FROM json_each(:batches)) GROUP BY batch

-- fragment: claimed_columns
RETURNING site, cart, cycle, step, position, mailbox_hash, scheduled, first, version, hash, provider, batch

-- name: load_reminders
-- Loads the cart, the contact and the site of the claimed reminders.
-- Index: primary keys. Reads: 4 a reminder.
-- takes: reminders json (`[{site, cart, cycle, step, mailbox_hash}]`)
-- gives: place integer (in the list), version text?, currency text?, total integer?, lines json?, locale text?, zone text?, country text?,
--   address text?, name text, settings json
SELECT j.key AS place, c.version, c.currency, c.total, c.lines, c.locale, c.zone, c.country, k.address, s.name, s.settings
FROM json_each(:reminders) j
JOIN site s ON s.id = j.value ->> 'site'
LEFT JOIN cart c ON c.site = j.value ->> 'site' AND c.id = j.value ->> 'cart'
LEFT JOIN contact k ON k.site = j.value ->> 'site' AND k.mailbox_hash = j.value ->> 'mailbox_hash'

-- name: load_products
-- Loads the catalogue's entries for the lines of the claimed reminders; an entry without a variant serves every variant.
-- Index: primary key of product. Reads: 1 to 2 a line.
-- takes: reminders json (`[{site, cart, cycle, step, mailbox_hash}]`)
-- gives: site site_id, id text, variant text, name text, price integer, currency text, image text, available boolean
SELECT DISTINCT p.site, p.id, p.variant, p.name, p.price, p.currency, p.image, p.available
FROM json_each(:reminders) j
CROSS JOIN cart c ON c.site = j.value ->> 'site' AND c.id = j.value ->> 'cart'
CROSS JOIN json_each(c.lines) l
CROSS JOIN product p ON p.site = c.site AND p.id = l.value ->> 'product' AND p.variant IN (coalesce(l.value ->> 'variant', ''), '')

-- name: close_reminders
-- Releases reminders that did not pass the gate: they have ended, or are held until `next`.
-- Index: primary key. Rows: 1 ended, 2 held.
-- takes: reminders json (`[{site, cart, cycle, step, next, look_up}]`), owner text, now time
UPDATE outbox SET next = j.next, look_up_at = j.look_up, lease = NULL, owner = NULL, ended_at = iif(j.next IS NULL, :now, NULL),
  network = iif(j.next IS NULL, NULL, network)
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'cycle' AS cycle, value ->> 'step' AS step,
    value ->> 'next' AS next, value ->> 'look_up' AS look_up FROM json_each(:reminders)) j
WHERE outbox.site = j.site AND outbox.cart = j.cart AND outbox.cycle = j.cycle AND outbox.step = j.step
  AND outbox.owner = :owner AND outbox.state NOT IN (1, 2)

-- name: count_metrics
-- Counts carts that were notified for the first time, and mails that were accepted although an order had come since the
-- gate; before record_attempts in the same batch.
-- Index: primary keys. Rows: one a site and day.
-- takes: reminders json (`[{site, cart, cycle, step, state}]`), owner text
INSERT INTO metric (site, day, name, currency, value)
SELECT * FROM (
  SELECT c.site, c.day, 'notified', '', count(DISTINCT c.id)
  -- include: accepted_reminders
    AND NOT EXISTS (SELECT 1 FROM outbox x WHERE x.site = o.site AND x.cart = o.cart AND x.state = 3)
  GROUP BY 1, 2
  UNION ALL SELECT c.site, c.day, 'raced', '', count(*)
  -- include: accepted_reminders
    AND EXISTS (SELECT 1 FROM purchase p WHERE p.site = o.site AND p.status = 'placed' AND p.at >= o.reason_at
      AND p.key IN ('cart:' || o.cart, 'token:' || c.token, 'mailbox:' || o.mailbox_hash, 'customer:' || c.customer))
  GROUP BY 1, 2)
WHERE true
ON CONFLICT (site, day, name, currency) DO UPDATE SET value = value + excluded.value

-- fragment: accepted_reminders
-- The reminders that the provider has just accepted, with their carts.
  FROM json_each(:reminders) j
  JOIN outbox o ON o.site = j.value ->> 'site' AND o.cart = j.value ->> 'cart' AND o.cycle = j.value ->> 'cycle' AND o.step = j.value ->> 'step'
  JOIN cart c ON c.site = o.site AND c.id = o.cart
  WHERE j.value ->> 'state' = 3 AND o.owner = :owner AND o.state = 2

-- name: forget_attempts
-- Forgets attempts that surely did not reach the provider, like all attempts before them: the content is not frozen and no
-- cap counts them. Before record_attempts in the same batch.
-- Index: primary key. Rows: 1 a reminder.
-- takes: reminders json (`[{site, cart, cycle, step, batch}]`; `batch` is null, or '' if it must leave alone), owner text
UPDATE outbox SET first = NULL, counted_at = NULL, version = NULL, template = NULL, locale = NULL, hash = NULL,
  provider = NULL, batch = j.batch
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'cycle' AS cycle, value ->> 'step' AS step,
    value ->> 'batch' AS batch FROM json_each(:reminders)) j
WHERE outbox.site = j.site AND outbox.cart = j.cart AND outbox.cycle = j.cycle AND outbox.step = j.step
  AND outbox.owner = :owner AND outbox.state = 2

-- name: record_attempts
-- Records the outcomes of the attempts.
-- Index: primary key. Rows: 1 ended, 2 to be tried again.
-- takes: reminders json (`[{site, cart, cycle, step, state, reason, detail, next, look_up, provider}]`), owner text, now time
UPDATE outbox SET state = j.state, reason = j.reason, detail = j.detail, reason_at = :now, next = j.next, look_up_at = j.look_up, provider_id = j.provider,
  lease = NULL, owner = NULL, ended_at = iif(j.next IS NULL, :now, NULL), network = iif(j.next IS NULL, NULL, network)
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'cycle' AS cycle, value ->> 'step' AS step,
    value ->> 'state' AS state, value ->> 'reason' AS reason, value ->> 'detail' AS detail, value ->> 'next' AS next, value ->> 'look_up' AS look_up,
    value ->> 'provider' AS provider FROM json_each(:reminders)) j
WHERE outbox.site = j.site AND outbox.cart = j.cart AND outbox.cycle = j.cycle AND outbox.step = j.step
  AND outbox.owner = :owner AND outbox.state = 2

-- name: suppress_refused
-- Suppresses addresses that the provider refused for good, for every merchant.
-- Index: primary key. Rows: 1 a mailbox, once.
-- takes: mailboxes json (`[{mailbox_hash, site}]`), now time
INSERT INTO suppression (scope, mailbox_hash, reason, at, site)
SELECT '*', value ->> 'mailbox_hash', 'bounced', :now, value ->> 'site' FROM json_each(:mailboxes) WHERE true
ON CONFLICT (scope, mailbox_hash) DO NOTHING
