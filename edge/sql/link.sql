-- Links in mails: what stands behind them, a confirmed visit, an unsubscription.

-- name: read_link
-- What stands behind a link of a mail.
-- Index: primary keys. Reads: 3.
-- takes: site site_id, cart cart_id, cycle integer, step step_id
-- gives: first time?, mailbox_hash mailbox_hash, name text (of the shop), settings json, merchant merchant_id,
--   cart_state cart_state?, currency text?, total integer?, items integer?, lines json?, token text?
SELECT o.first, o.mailbox_hash, s.name, s.settings, s.merchant, c.state AS cart_state, c.currency, c.total, c.items, c.lines, c.token
FROM outbox o JOIN site s ON s.id = o.site LEFT JOIN cart c ON c.site = o.site AND c.id = o.cart
WHERE o.site = :site AND o.cart = :cart AND o.cycle = :cycle AND o.step = :step

-- name: count_visit
-- Counts a cart whose shopper came back; before note_visit in the same batch.
-- Index: primary keys. Rows: 1, once.
-- takes: site site_id, cart cart_id, bit integer (of the metric)
INSERT INTO metric (site, day, name, currency, value)
SELECT site, day, 'returned', '', 1 FROM cart WHERE site = :site AND id = :cart AND NOT counted & :bit
ON CONFLICT (site, day, name, currency) DO UPDATE SET value = value + 1

-- name: note_visit
-- Notes the first confirmed visit through a mail.
-- Index: primary key. Rows: 1, once.
-- takes: site site_id, cart cart_id, bit integer (of the metric), now time
UPDATE cart SET returned_at = :now, counted = counted | :bit,
  history = json_insert(iif(json_array_length(history) < 64, history, json_remove(history, '$[1]')), '$[#]',
    json_array(CAST(:now AS INTEGER), 'returned', items, total))
WHERE site = :site AND id = :cart AND returned_at IS NULL

-- name: note_visited_reminder
-- Notes which reminder brought the shopper back.
-- Index: primary key. Rows: 1, once.
-- takes: site site_id, cart cart_id, cycle integer, step step_id, now time
UPDATE outbox SET visited_at = :now WHERE site = :site AND cart = :cart AND cycle = :cycle AND step = :step AND visited_at IS NULL

-- name: suppress_mailbox
-- Suppresses an address by its hash; the first reason stays.
-- Index: primary key. Rows: 1, once.
-- takes: scope text (a merchant id, or `*` for the deployment), mailbox_hash mailbox_hash, reason text, now time, site site_id
INSERT INTO suppression (scope, mailbox_hash, reason, at, site) VALUES (:scope, :mailbox_hash, :reason, :now, :site)
ON CONFLICT (scope, mailbox_hash) DO NOTHING
