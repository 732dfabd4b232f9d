-- Reads what the dashboard's pages show: the day, the list of carts, one cart, and what blocks sending.

-- name: read_metrics
-- Reads the metrics of one day.
-- Index: primary key. Reads: one a metric.
-- takes: site site_id, day integer
-- gives: name text, currency text, value integer
SELECT name, currency, value FROM metric WHERE site = :site AND day = :day

-- name: count_open_carts
-- Counts carts created today that are still active and so in no metric yet; reads at most 1,000.
-- Index: cart_due. Reads: 1 a cart.
-- takes: site site_id, day integer
-- gives: carts integer, identified integer
SELECT count(*) AS carts, count(mailbox_hash) AS identified FROM (
  SELECT site, day, mailbox_hash, state, via, abandoned_at, items FROM cart WHERE site = :site AND due IS NOT NULL ORDER BY ahead DESC, due LIMIT 1000)
WHERE day = :day AND state = 0 AND abandoned_at IS NULL AND via IS NULL AND items > 0

-- name: count_held_reminders
-- Counts held reminders by reason; reads at most 1,000.
-- Index: outbox_next. Reads: 2 a reminder.
-- takes: site site_id
-- gives: reason text, reminders integer, next time
SELECT reason, count(*) AS reminders, min(next) AS next FROM (SELECT reason, next FROM outbox WHERE site = :site AND next IS NOT NULL ORDER BY next LIMIT 1000)
WHERE reason IS NOT NULL GROUP BY reason

-- name: find_any_cart
-- Tells whether a site has ever seen a cart.
-- Index: primary key. Reads: 1.
-- takes: site site_id
-- gives: found boolean
SELECT 1 AS found FROM cart WHERE site = :site LIMIT 1

-- name: count_excluded_carts
-- Counts excluded carts that were created today; reads at most the 1,000 newest. A cart is excluded after its creation, so
-- a cart created today changed its state since yesterday.
-- Index: cart_list. Reads: 1 a cart.
-- takes: site site_id, after time (a day ago, and some more for the night in which the clock is put back), day integer
-- gives: carts integer
SELECT count(*) AS carts FROM (
  SELECT day, exclusion FROM cart WHERE site = :site AND state = 4 AND likely(state > 0) AND since > :after ORDER BY since DESC LIMIT 1000)
WHERE day = :day AND exclusion IS NOT NULL

-- name: list_active_carts
-- Lists a page of active carts, the newest first, without empty carts that nothing is due for. The planner runs once a
-- minute and gives many carts the same time, so the id is part of the key.
-- Index: cart_due, two searches. Reads: about 5 a cart of the page.
-- takes: site site_id, before time (due at this time or earlier), before_id text (among carts due at this time, ids below this one), most integer
-- gives: id cart_id, state cart_state, active_at time, items integer, total integer, currency text?, recovered boolean,
--   first_item text, has_address boolean, address text?, last_reminder json? (`[position, state, reason, time]`), due time?,
--   key time, exclusion text?
-- include: listed_columns
  c.due, c.due AS key, c.exclusion
FROM (
  SELECT id FROM (SELECT id FROM cart WHERE site = :site AND ahead = 0 AND due <= :before AND (due < :before OR id < :before_id) AND state = 0
    ORDER BY due DESC, id DESC LIMIT :most)
  UNION ALL SELECT id FROM (SELECT id FROM cart WHERE site = :site AND ahead = 1 AND due <= :before AND (due < :before OR id < :before_id) AND state = 0
    ORDER BY due DESC, id DESC LIMIT :most)) p
CROSS JOIN cart c ON c.site = :site AND c.id = p.id LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
ORDER BY c.due DESC, c.id DESC LIMIT :most

-- name: list_carts_in_state
-- Lists a page of carts in one state, the newest first; the key works as in list_active_carts.
-- Index: cart_list; `likely` keeps the planner from walking all states by `state > 0`, which only opens the partial index.
-- Reads: about 3 a cart of the page.
-- takes: site site_id, state cart_state, before time (in the state since this time or earlier),
--   before_id text (among carts in it since this time, ids below this one), most integer
-- gives: as list_active_carts
-- include: listed_columns
  c.due, c.since AS key, c.exclusion
FROM cart c LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
WHERE c.site = :site AND c.state = :state AND likely(c.state > 0) AND c.since <= :before AND (c.since < :before OR c.id < :before_id)
ORDER BY c.since DESC, c.id DESC LIMIT :most

-- fragment: listed_columns
SELECT c.id, c.state, c.active_at, c.items, coalesce(c.order_total, c.total) AS total,
  iif(c.order_total IS NULL, c.currency, c.order_currency) AS currency, c.recovered,
  coalesce(c.lines ->> '$[0].name', c.lines ->> '$[0].product', '') AS first_item, c.mailbox_hash IS NOT NULL AS has_address, k.address,
  (SELECT json_array(o.position, o.state, o.reason, coalesce(o.ended_at, o.next, o.planned_at)) FROM outbox o
    WHERE o.site = c.site AND o.cart = c.id ORDER BY o.planned_at DESC, o.position DESC LIMIT 1) AS last_reminder,

-- name: read_cart
-- Reads one cart with its contact, and when the shopper came to the cart that was rebuilt from it. The basis is the one that counts for
-- this cart, as the planner reads it (plan.sql, find_due_carts).
-- Index: primary keys. Reads: 3.
-- takes: site site_id, cart cart_id
-- gives: state cart_state, since time, created time, active_at time, currency text, total integer, items integer, lines json, country text?,
--   identified_at time?, via text?, via_at time?, superseded_by cart_id?, rebuilt_at time?, ordered_at time?, order_number text?,
--   order_total integer?, order_currency text?, order_confirmed boolean, recovered boolean, history json, consent json?,
--   has_address boolean, address text?, basis text?, basis_at time?, refused_at time?, due time?, erased_at time?, exclusion text?
SELECT c.state, c.since, c.created, c.active_at, c.currency, c.total, c.items, c.lines, c.country, c.identified_at,
  c.via, c.via_at, c.superseded_by,
  (SELECT y.via_at FROM cart y
    WHERE y.site = c.site AND y.id = c.superseded_by AND substr(y.via, 1, length(c.id) + 1) = c.id || '/') AS rebuilt_at,
  c.ordered_at, c.order_number, c.order_total, c.order_currency, c.order_confirmed, c.recovered, c.history, c.consent,
  c.mailbox_hash IS NOT NULL AS has_address, k.address,
  coalesce(nullif(iif(c.consent ->> '$.source' = 'shop' AND NOT c.signed, NULL, c.consent ->> '$.mail'), 'denied'),
    iif(c.signed OR k.said_by = substr(c.id, 1, instr(c.id, '.') - 1), k.basis, NULL)) AS basis,
  iif(nullif(iif(c.consent ->> '$.source' = 'shop' AND NOT c.signed, NULL, c.consent ->> '$.mail'), 'denied') IS NOT NULL, c.consent ->> '$.at',
    iif(c.signed OR k.said_by = substr(c.id, 1, instr(c.id, '.') - 1), k.basis_at, NULL)) AS basis_at,
  iif(c.consent ->> '$.mail' = 'denied', c.consent ->> '$.at', k.refused_at) AS refused_at, c.due, k.erased_at, c.exclusion
FROM cart c LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
WHERE c.site = :site AND c.id = :cart

-- name: list_catalogue_addresses
-- Lists addresses of the catalogue: those of a cart's products and of the first twenty entries, which tell the hosts that
-- the shop itself serves pictures and pages from.
-- Index: primary keys. Reads: 1 to 2 a line, and 21.
-- takes: site site_id, cart cart_id
-- gives: url text, image text
SELECT p.url, p.image FROM cart c CROSS JOIN json_each(c.lines) l
CROSS JOIN product p ON p.site = c.site AND p.id = l.value ->> 'product' AND p.variant IN (coalesce(l.value ->> 'variant', ''), '')
WHERE c.site = :site AND c.id = :cart
UNION SELECT url, image FROM (SELECT url, image FROM product WHERE site = :site LIMIT 20)

-- name: read_reminders
-- Reads the reminders of one cart.
-- Index: primary key of outbox. Reads: one a reminder.
-- takes: site site_id, cart cart_id
-- gives: step text, position integer, trust trust?, state integer, scheduled time, planned_at time, next time?, first time?, hold time?,
--   reason text?, detail text?, reason_at time?, provider_id text?, ended_at time?, visited_at time?, look_up_at time?,
--   delivered_at time?, bounced_at time?, complained_at time?
SELECT step, position, trust, state, scheduled, planned_at, next, first, hold, reason, detail, reason_at, provider_id, ended_at, visited_at,
  look_up_at, delivered_at, bounced_at, complained_at
FROM outbox WHERE site = :site AND cart = :cart ORDER BY cycle, planned_at, position

-- name: read_suppressions
-- Reads the suppressions of a cart's address.
-- Index: primary keys. Reads: 3.
-- takes: site site_id, cart cart_id
-- gives: reason text, at time
SELECT x.reason, x.at FROM cart c JOIN site s ON s.id = c.site
JOIN suppression x ON x.scope IN (s.merchant, '*') AND x.mailbox_hash = c.mailbox_hash
WHERE c.site = :site AND c.id = :cart

-- name: read_last_order
-- Reads the newest order that was reported for a cart.
-- Index: primary keys. Reads: 2.
-- takes: site site_id, cart cart_id
-- gives: number text, status order_status, refunded integer, currency text?, at time
SELECT o.number, o.status, o.refunded, o.currency, p.at FROM purchase p JOIN orders o ON o.site = p.site AND o.number = p.number
WHERE p.site = :site AND p.key = 'cart:' || :cart ORDER BY p.at DESC LIMIT 1

-- name: read_send_blocks
-- Reads what keeps a site from sending, beside the pause of the site itself: pauses, breakers with their warnings of the last
-- week, and how many reminders wait for a share. A row a breaker; one row without any.
-- Index: primary keys, outbox_waits. Reads: 5, and 1 for each of at most 1,000 reminders that wait.
-- takes: site site_id, now time, week_ago time
-- gives: deployment_paused boolean, merchant_paused boolean, waiting integer, audience audience?, cause breaker_cause?, since time?,
--   until time?, counted integer?, against integer?
SELECT d.paused AS deployment_paused, m.paused AS merchant_paused,
  (SELECT count(*) FROM (SELECT 1 FROM outbox o WHERE o.site = s.id AND o.waits_for IS NOT NULL LIMIT 1000)) AS waiting,
  b.audience, b.cause, b.since, b.until, b.counted, b.against
FROM site s JOIN merchant m ON m.id = s.merchant JOIN deployment d ON d.id = 1
LEFT JOIN breaker b ON b.site = s.id AND (b.until > :now OR (b.cause = 'complaints_rising' AND b.since > :week_ago))
WHERE s.id = :site ORDER BY b.audience
