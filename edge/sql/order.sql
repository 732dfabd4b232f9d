-- An order: first what is known of it and of its carts, then what it changes.

-- name: read_order
-- An order as it was last reported.
-- Index: primary key. Reads: 1.
-- takes: site site_id, number text
-- gives: status order_status, source order_source, total integer?, refunded integer, currency text?,
--   revision integer, placed_at time, paid_at time?
SELECT status, source, total, refunded, currency, revision, placed_at, paid_at FROM orders WHERE site = :site AND number = :number

-- name: read_server_word
-- When the shop's server last told an order, to the hour.
-- Index: primary key. Reads: 1.
-- takes: site site_id
-- gives: last_at time
SELECT last_at FROM server_orders WHERE site = :site

-- name: find_candidates
-- Carts an order may be about: by cart id, checkout token, customer, address; a cart that has several of these names comes once
-- for each. D1 takes at most five terms in a compound SELECT. Of each name at most 20, whatever strangers wrote; a cart of which
-- only a page said the number has the strength -2 (TOLD_BY_A_PAGE in shared/src/order.rs).
-- Index: primary keys (CROSS JOIN keeps the carts from being walked first). Reads: 2 a name of a cart, at most 130.
-- takes: site site_id, cart cart_id?, token text? (`token:…`, a key of `identity`), customer text? (`customer:…`, likewise),
--   mailbox_hash mailbox_hash?, first text? (the first cart id a visitor can have), behind text? (the first id behind the visitor's),
--   number text
-- gives: id cart_id, strength integer (4 named by the order, 3 its token, 2 its customer, 1 its address, 0 its visitor, -1 an origin),
--   superseded_by cart_id?, state cart_state, created time, day integer, items integer, proof integer, mailbox_hash mailbox_hash?,
--   customer text?, via text?, via_at time?, returned_at time?, counted integer, order_number text?, order_total integer?,
--   order_currency text?, order_confirmed boolean, recovered boolean, abandoned_at time?
SELECT
  -- include: candidate_columns
FROM (
  SELECT :cart AS id, 4 AS strength WHERE :cart IS NOT NULL
  UNION ALL SELECT cart, strength FROM (
    SELECT cart, iif(key = :token, 3, 2) AS strength FROM identity WHERE site = :site AND key IN (:token, :customer) LIMIT 40)
  UNION ALL SELECT value, 1 FROM (SELECT n.value FROM contact k, json_each(k.carts) n WHERE k.site = :site AND k.mailbox_hash = :mailbox_hash LIMIT 20)
  UNION ALL SELECT id, 0 FROM (SELECT id FROM cart WHERE :first IS NOT NULL AND site = :site AND id >= :first AND id < :behind LIMIT 20)
  UNION ALL SELECT cart, iif(source = 1, 4, -2) FROM orders WHERE site = :site AND number = :number AND cart IS NOT NULL) t
CROSS JOIN cart c ON c.site = :site AND c.id = t.id

-- name: find_linked_candidates
-- The carts that took over from candidates, and those from which candidates were rebuilt.
-- Index: primary key. Reads: 2 a cart.
-- takes: site site_id, carts json (`[{id, strength}]`)
-- gives: as find_candidates
SELECT
  -- include: candidate_columns
FROM (SELECT value ->> 'id' AS id, value ->> 'strength' AS strength FROM json_each(:carts)) t
CROSS JOIN cart c ON c.site = :site AND c.id = t.id

-- fragment: candidate_columns
  c.id, t.strength, c.superseded_by, c.state, c.created, c.day, c.items, c.proof, c.mailbox_hash, c.customer, c.via, c.via_at,
  c.returned_at, c.counted, c.order_number, c.order_total, c.order_currency, c.order_confirmed, c.recovered, c.abandoned_at

-- name: write_order
-- Writes the new state of an order unless it was written since it was read, or one of its carts has entered or left a
-- metric since. All later statements of the batch ask for `writer`.
-- Index: primary keys. Rows: 1, or 0 when another writer was faster. Reads: 1 a cart.
-- takes: site site_id, number text, status order_status, source order_source, total integer?, refunded integer, currency text?,
--   cart cart_id?, placed_at time, paid_at time? (where the shop's server tells that it is paid), revision integer (as it was read;
--   0 for a new order), writer text (random name of this writing),
--   carts json (`[{cart, counted}]`, as they were read)
-- gives: revision integer
INSERT INTO orders (site, number, status, source, total, refunded, currency, cart, placed_at, paid_at, revision, writer)
SELECT :site, :number, :status, :source, :total, :refunded, :currency, :cart, :placed_at, :paid_at, :revision + 1, :writer
WHERE NOT EXISTS (SELECT 1 FROM json_each(:carts) j CROSS JOIN cart c ON c.site = :site AND c.id = j.value ->> 'cart'
  WHERE c.counted <> j.value ->> 'counted')
ON CONFLICT (site, number) DO UPDATE SET status = :status, source = max(source, :source), total = :total, refunded = :refunded, currency = :currency,
  cart = iif(orders.source < :source, :cart, coalesce(:cart, cart)), placed_at = :placed_at, paid_at = coalesce(paid_at, :paid_at),
  revision = revision + 1, writer = :writer
WHERE orders.revision = :revision
RETURNING revision

-- name: stop_others
-- A page's order, in a shop that is known by its pages alone, takes one of the network's few places to stop the mails of one
-- person at other visitors: a place is for that order and that person, so the next person takes another one. In front of
-- write_purchases in the same batch. Not guarded by `writer`: it can only stop mails.
-- Index: primary key. Rows: 1 where a place is taken, else 0. Reads: 2.
-- takes: site site_id, number text, person text (the key of `purchase` that stands for the person), network text (hashed with
--   today's salt), before text (hashed with yesterday's), now time, day_ago time, most integer (places of a network)
WITH entry AS MATERIALIZED (
  SELECT DISTINCT e.value AS place, e.value ->> 1 AS site, e.value ->> 2 AS number, e.value ->> 3 AS person
  FROM network n CROSS JOIN json_each(n.orders) e WHERE n.prefix_hash IN (:network, :before) AND e.value ->> 0 > :day_ago)
INSERT INTO network (prefix_hash, orders)
SELECT :network, json_insert((SELECT json_group_array(json(place)) FROM entry), '$[#]', json_array(CAST(:now AS INTEGER), :site, :number, :person))
WHERE (SELECT count(*) FROM entry) < :most AND NOT EXISTS (SELECT 1 FROM entry WHERE site = :site AND number = :number AND person = :person)
ON CONFLICT (prefix_hash) DO UPDATE SET orders = excluded.orders

-- name: write_purchases
-- Records the purchase under every key of the buyer; the gate and late events ask for it. Not guarded by `writer`: it can only
-- stop mails. What a page says of other visitors is a purchase of the person for whom its network took a place with this order;
-- every other name is a claim, one row a name, which is renewed once an hour at most. That the server told an address is taken
-- back by the server alone.
-- Index: primary key. Rows: 1 a key, once. Reads: 2 a key.
-- takes: site site_id, purchases json (`[{key, status, told, of_others}]`), number text, at time, now time, person text? (as stop_others),
--   takes_back boolean (the shop's server tells that it is not paid), network text (hashed with today's salt), before text (hashed
--   with yesterday's)
WITH said AS MATERIALIZED (
  SELECT value ->> 'key' AS key, value ->> 'status' AS status, value ->> 'told' AS told,
    value ->> 'of_others' AND NOT (value ->> 'key' IS :person AND EXISTS (SELECT 1 FROM network n CROSS JOIN json_each(n.orders) e
      WHERE n.prefix_hash IN (:network, :before) AND e.value ->> 1 = :site AND e.value ->> 2 = :number AND e.value ->> 3 = :person)) AS is_claim
  FROM json_each(:purchases))
INSERT INTO purchase (site, key, number, status, told, at)
SELECT :site, j.key, iif(j.is_claim, '', :number), iif(j.is_claim, 'claimed', j.status), j.told, iif(j.is_claim, :now, :at)
FROM said j WHERE true
ON CONFLICT (site, key, number) DO UPDATE SET
  status = iif(excluded.status = 'placed', 'placed', purchase.status),
  told = max(excluded.told, iif(:takes_back, 0, purchase.told)), at = max(excluded.at, purchase.at)
WHERE (purchase.status = 'pending' AND excluded.status = 'placed') OR excluded.told > purchase.told OR (:takes_back AND purchase.told)
  OR (purchase.status = 'claimed' AND excluded.at > purchase.at + 3600000)

-- name: delete_purchases
-- An order that was not paid after all: its purchases go, and what pages said of these names.
-- Index: primary key. Rows: 1 a key.
-- takes: site site_id, keys json (`[key, …]`), number text
DELETE FROM purchase WHERE site = :site AND key IN (SELECT value FROM json_each(:keys)) AND number IN (:number, '')

-- name: note_server_word
-- Notes that the shop's server told an order, and counts one of which it tells for the first time that it is paid.
-- Index: primary keys. Rows: 1 for a paid order; for any other word 1 an hour at most.
-- takes: site site_id, is_paid boolean (for the first time), hour integer (of UTC since 1970), now time, hour_ago time, number text,
--   writer text
INSERT INTO server_orders (site, hours, last_at)
SELECT :site, iif(:is_paid, json_array(json_array(CAST(:hour AS INTEGER), 1)), '[]'), :now
WHERE EXISTS (SELECT 1 FROM orders WHERE site = :site AND number = :number AND writer = :writer)
ON CONFLICT (site) DO UPDATE SET last_at = excluded.last_at, hours = (SELECT json_group_array(json_array(hour, orders)) FROM (
  SELECT value ->> 0 AS hour, sum(value ->> 1) AS orders FROM (
    SELECT value FROM json_each(server_orders.hours) UNION ALL SELECT json_array(CAST(:hour AS INTEGER), 1) WHERE :is_paid)
  WHERE hour > :hour - 25 GROUP BY hour))
WHERE :is_paid OR last_at <= :hour_ago

-- name: change_metrics
-- Adds what the order changes in the metrics of the days on which its carts were made.
-- Index: primary keys. Rows: one a day and metric.
-- takes: site site_id, changes json (`[{day, name, currency, value}]`), number text, writer text
INSERT INTO metric (site, day, name, currency, value)
SELECT :site, j.value ->> 'day', j.value ->> 'name', j.value ->> 'currency', sum(j.value ->> 'value')
FROM json_each(:changes) j
WHERE EXISTS (SELECT 1 FROM orders WHERE site = :site AND number = :number AND writer = :writer)
GROUP BY 2, 3, 4
ON CONFLICT (site, day, name, currency) DO UPDATE SET value = value + excluded.value

-- name: settle_carts
-- Closes, reopens or hands over the carts of an order. The network stays until the shop's server has told it: a page usually tells
-- the same order first, and the server's word gives the place back (network.sql, note_paid_order). The shopper of a reopened cart
-- was active until now, so that its reminders are not late.
-- Index: primary key; the limit keeps the list a list, which then drives the look-up by key. Rows: 2 to 3 a cart. Reads: 1 a cart.
-- takes: site site_id,
--   carts json (`[{cart, state, due, number, total, currency, confirmed, recovered, counted, superseded}]`),
--   number text, writer text, now time
UPDATE cart SET state = j.state, since = iif(cart.state = j.state, since, :now), due = j.due, network = iif(j.confirmed, NULL, cart.network),
  active_at = iif(cart.state = 2 AND j.state <> 2, max(active_at, :now), active_at),
  ordered_at = iif(j.state = 2, coalesce(ordered_at, :now), NULL),
  order_number = j.number, order_total = j.total, order_currency = j.currency, order_confirmed = j.confirmed,
  recovered = j.recovered, counted = j.counted, superseded_by = coalesce(superseded_by, j.superseded)
FROM (SELECT value ->> 'cart' AS cart, value ->> 'state' AS state, value ->> 'due' AS due, value ->> 'number' AS number,
    value ->> 'total' AS total, value ->> 'currency' AS currency, value ->> 'confirmed' AS confirmed,
    value ->> 'recovered' AS recovered, value ->> 'counted' AS counted, value ->> 'superseded' AS superseded
  FROM json_each(:carts) LIMIT -1) j
WHERE cart.site = :site AND cart.id = j.cart
  AND EXISTS (SELECT 1 FROM orders WHERE site = :site AND number = :number AND writer = :writer)
