-- The dashboard's pages: today, the list of carts, one cart, and what stops a site.

-- name: read_metrics
-- The metrics of one day.
-- Index: primary key. Reads: one a metric.
-- takes: site site_id, day integer
-- gives: name text, currency text, value integer
SELECT name, currency, value FROM metric WHERE site = :site AND day = :day

-- name: count_open_carts
-- Carts made today that are still active and so in no metric yet; at most 1,000 are looked at.
-- Index: cart_due. Reads: 1 a cart.
-- takes: site site_id, day integer
-- gives: carts integer, identified integer
SELECT count(*) AS carts, count(mailbox_hash) AS identified FROM (
  SELECT site, day, mailbox_hash, state, via, abandoned_at, items FROM cart WHERE site = :site AND due IS NOT NULL ORDER BY due LIMIT 1000)
WHERE day = :day AND state = 0 AND abandoned_at IS NULL AND via IS NULL AND items > 0

-- name: count_held_reminders
-- Reminders that wait for something, by reason; at most 1,000 are looked at.
-- Index: outbox_next. Reads: 2 a reminder.
-- takes: site site_id
-- gives: reason text, reminders integer, next time
SELECT reason, count(*) AS reminders, min(next) AS next FROM (SELECT reason, next FROM outbox WHERE site = :site AND next IS NOT NULL ORDER BY next LIMIT 1000)
WHERE reason IS NOT NULL GROUP BY reason

-- name: find_any_cart
-- Whether a site has ever seen a cart.
-- Index: primary key. Reads: 1.
-- takes: site site_id
-- gives: found boolean
SELECT 1 AS found FROM cart WHERE site = :site LIMIT 1

-- name: count_excluded_carts
-- Carts begun today that are excluded; at most the 1,000 newest are looked at. A cart is excluded after it was begun, so
-- those of today came to it since yesterday.
-- Index: cart_list. Reads: 1 a cart.
-- takes: site site_id, after time (a day ago, and some more for the night in which the clock is put back), day integer
-- gives: carts integer
SELECT count(*) AS carts FROM (
  SELECT day, exclusion FROM cart WHERE site = :site AND state = 4 AND likely(state > 0) AND since > :after ORDER BY since DESC LIMIT 1000)
WHERE day = :day AND exclusion IS NOT NULL

-- name: list_active_carts
-- A page of active carts, the newest first; empty ones at rest are not listed. A planner that runs once a minute gives
-- many carts the same time, so the id is part of the key.
-- Index: cart_due. Reads: about 3 a cart of the page.
-- takes: site site_id, before time (due then or before), before_id text (an id before, among those due then), most integer
-- gives: id cart_id, state cart_state, active_at time, items integer, worth integer, worth_currency text, recovered boolean,
--   first_item text, has_address boolean, address text?, last_reminder json? (`[position, state, reason, time]`), due time?,
--   key time, exclusion text?
-- include: listed_columns
  c.due, c.due AS key, c.exclusion
FROM cart c LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
WHERE c.site = :site AND c.due <= :before AND (c.due < :before OR c.id < :before_id) AND c.state = 0
ORDER BY c.due DESC, c.id DESC LIMIT :most

-- name: list_carts_in_state
-- A page of carts in one state, the newest first; the key is as in list_active_carts.
-- Index: cart_list; `likely` keeps the planner from walking all states by `state > 0`, which only opens the partial index.
-- Reads: about 3 a cart of the page.
-- takes: site site_id, state cart_state, before time (in it since then or before), before_id text (an id before, among those since then),
--   most integer
-- gives: as list_active_carts
-- include: listed_columns
  c.due, c.since AS key, c.exclusion
FROM cart c LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
WHERE c.site = :site AND c.state = :state AND likely(c.state > 0) AND c.since <= :before AND (c.since < :before OR c.id < :before_id)
ORDER BY c.since DESC, c.id DESC LIMIT :most

-- fragment: listed_columns
SELECT c.id, c.state, c.active_at, c.items, coalesce(c.order_total, c.total) AS worth,
  iif(c.order_total IS NULL, c.currency, c.order_currency) AS worth_currency, c.recovered,
  coalesce(c.lines ->> '$[0].name', c.lines ->> '$[0].product', '') AS first_item, c.mailbox_hash IS NOT NULL AS has_address, k.address,
  (SELECT json_array(o.position, o.state, o.reason, coalesce(o.ended_at, o.next, o.planned_at)) FROM outbox o
    WHERE o.site = c.site AND o.cart = c.id ORDER BY o.planned_at DESC, o.position DESC LIMIT 1) AS last_reminder,

-- name: read_cart
-- One cart with its contact, and when the cart that was rebuilt from it was visited.
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
  c.mailbox_hash IS NOT NULL AS has_address, k.address, k.basis, k.basis_at, k.refused_at, c.due, k.erased_at, c.exclusion
FROM cart c LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
WHERE c.site = :site AND c.id = :cart

-- name: read_reminders
-- The reminders of one cart.
-- Index: primary key of outbox. Reads: one a reminder.
-- takes: site site_id, cart cart_id
-- gives: step text, position integer, trust trust, state integer, scheduled time, planned_at time, next time?, first time?, hold time?,
--   reason text?, detail text?, reason_at time?, provider_id text?, ended_at time?, visited_at time?, look_up_at time?,
--   delivered_at time?, bounced_at time?, complained_at time?
SELECT step, position, trust, state, scheduled, planned_at, next, first, hold, reason, detail, reason_at, provider_id, ended_at, visited_at,
  look_up_at, delivered_at, bounced_at, complained_at
FROM outbox WHERE site = :site AND cart = :cart ORDER BY cycle, planned_at, position

-- name: read_suppressions
-- Whether the address of a cart is suppressed.
-- Index: primary keys. Reads: 3.
-- takes: site site_id, cart cart_id
-- gives: reason text, at time
SELECT x.reason, x.at FROM cart c JOIN site s ON s.id = c.site
JOIN suppression x ON x.scope IN (s.merchant, '*') AND x.mailbox_hash = c.mailbox_hash
WHERE c.site = :site AND c.id = :cart

-- name: read_last_order
-- The state of the newest order that was reported for a cart.
-- Index: primary keys. Reads: 2.
-- takes: site site_id, cart cart_id
-- gives: number text, status order_status, refunded integer, currency text?, at time
SELECT o.number, o.status, o.refunded, o.currency, p.at FROM purchase p JOIN orders o ON o.site = p.site AND o.number = p.number
WHERE p.site = :site AND p.key = 'cart:' || :cart ORDER BY p.at DESC LIMIT 1

-- name: read_stops
-- What keeps a site from sending beside its own pause.
-- Index: primary keys. Reads: 4.
-- takes: site site_id, now time
-- gives: everything boolean, merchant boolean, cause breaker_cause?, since time?, until time?, counted integer?, against integer?
SELECT d.paused AS everything, m.paused AS merchant, b.cause, b.since, b.until, b.counted, b.against
FROM site s JOIN merchant m ON m.id = s.merchant JOIN deployment d ON d.id = 1
LEFT JOIN breaker b ON b.site = s.id AND b.until > :now WHERE s.id = :site
