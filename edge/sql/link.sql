-- Links in mails: what stands behind them, a confirmed visit, an unsubscription.

-- name: read_link
-- What stands behind a link of a mail.
-- Index: primary keys. Reads: 3.
-- takes: site site_id, cart cart_id, cycle integer, step step_id
-- gives: first time?, mailbox_hash mailbox_hash, name text (of the shop), settings json, merchant merchant_id,
--   cart_state cart_state?, currency text?, items integer?, lines json?
SELECT o.first, o.mailbox_hash, s.name, s.settings, s.merchant, c.state AS cart_state, c.currency, c.items, c.lines
FROM outbox o JOIN site s ON s.id = o.site LEFT JOIN cart c ON c.site = o.site AND c.id = o.cart
WHERE o.site = :site AND o.cart = :cart AND o.cycle = :cycle AND o.step = :step

-- name: read_cart_products
-- The catalogue's entries for the lines of a cart; an entry without a variant serves every variant.
-- Index: primary keys. Reads: 1 to 2 a line.
-- takes: site site_id, cart cart_id
-- gives: id text, variant text, name text, price integer, currency text, url text, image text
SELECT DISTINCT p.id, p.variant, p.name, p.price, p.currency, p.url, p.image
FROM cart c CROSS JOIN json_each(c.lines) l
CROSS JOIN product p ON p.site = c.site AND p.id = l.value ->> 'product' AND p.variant IN (coalesce(l.value ->> 'variant', ''), '')
WHERE c.site = :site AND c.id = :cart

-- name: count_visit
-- Counts a cart whose shopper came back; before note_visit in the same batch.
-- Index: primary keys. Rows: 1, once.
-- takes: site site_id, cart cart_id, bit integer (of the metric)
INSERT INTO metric (site, day, name, currency, value)
SELECT site, day, 'returned', '', 1 FROM cart WHERE site = :site AND id = :cart AND NOT counted & :bit
ON CONFLICT (site, day, name, currency) DO UPDATE SET value = value + 1

-- name: note_visit
-- Notes the first confirmed visit through a mail; a cart that was rebuilt from this reminder takes over.
-- Index: primary key. Rows: 1, once; 1 more for each later reminder whose rebuilt cart takes over.
-- takes: site site_id, cart cart_id, bit integer (of the metric), via text (the reminder, `<cart>/<cycle>/<step>`), now time
UPDATE cart SET returned_at = coalesce(returned_at, :now), counted = counted | :bit,
  superseded_by = coalesce(superseded_by, (
  -- include: rebuilt_cart
  )),
  history = iif(returned_at IS NOT NULL, history,
    json_insert(iif(json_array_length(history) < 64, history, json_remove(history, '$[1]')), '$[#]',
      json_array(CAST(:now AS INTEGER), 'returned', items, total)))
WHERE site = :site AND id = :cart AND (returned_at IS NULL OR (superseded_by IS NULL AND EXISTS (
  -- include: rebuilt_cart
)))

-- fragment: rebuilt_cart
-- The cart that was rebuilt from the reminder, if this cart is still open.
  SELECT y.id FROM cart y WHERE y.site = :site AND y.id = cart.rebuilt AND y.via = :via AND cart.state IN (0, 1)

-- name: confirm_rebuilt_cart
-- Notes with the rebuilt cart that it came by a confirmed visit.
-- Index: primary key. Rows: 1, once.
-- takes: site site_id, cart cart_id (the old one), via text (the reminder, `<cart>/<cycle>/<step>`), now time
UPDATE cart SET via_at = :now
WHERE site = :site AND id = (SELECT o.rebuilt FROM cart o WHERE o.site = :site AND o.id = :cart) AND via = :via AND via_at IS NULL

-- name: know_visitor
-- Whoever confirms a visit through the own mailbox's link is known; the address is theirs.
-- Index: primary keys. Rows: 1, at most once a day.
-- takes: site site_id, mailbox_hash mailbox_hash, now time
UPDATE contact SET known_at = :now
WHERE site = :site AND mailbox_hash = :mailbox_hash AND erased_at IS NULL AND (known_at IS NULL OR known_at < :now - 86400000)

-- name: note_visited_reminder
-- Notes which reminder brought the shopper back.
-- Index: primary key. Rows: 1, once.
-- takes: site site_id, cart cart_id, cycle integer, step step_id, now time
UPDATE outbox SET visited_at = :now WHERE site = :site AND cart = :cart AND cycle = :cycle AND step = :step AND visited_at IS NULL

-- name: suppress_mailbox
-- Suppresses an address by its hash; the first reason stays, but for an erasure, which a fresh wish ends.
-- Index: primary key. Rows: 1, once.
-- takes: scope text (a merchant id, or `*` for the deployment), mailbox_hash mailbox_hash, reason text, now time, site site_id
INSERT INTO suppression (scope, mailbox_hash, reason, at, site) VALUES (:scope, :mailbox_hash, :reason, :now, :site)
ON CONFLICT (scope, mailbox_hash) DO UPDATE SET reason = excluded.reason, at = excluded.at, site = excluded.site WHERE suppression.reason = 'erased'
