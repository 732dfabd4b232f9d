-- An order: first what is known of it and of its carts, then what it changes.

-- name: read_order
-- An order as it was last reported.
-- Index: primary key. Reads: 1.
-- takes: site site_id, number text
-- gives: status order_status, source order_source, total integer?, refunded integer, currency text?,
--   revision integer, placed_at time
SELECT status, source, total, refunded, currency, revision, placed_at FROM orders WHERE site = :site AND number = :number

-- name: find_candidates
-- Carts an order may be about: by cart id, checkout token, customer, address; the carts that took over from those, and
-- the carts those were rebuilt from. D1 takes at most five terms in a compound SELECT.
-- Index: primary keys (CROSS JOIN keeps the carts from being walked first). Reads: about 3 a cart.
-- takes: site site_id, cart cart_id?, token text? (`token:…`, a key of `identity`), customer text? (`customer:…`, likewise),
--   mailbox_hash mailbox_hash?, first text? (the first cart id a visitor can have), behind text? (the first id behind the visitor's),
--   number text
-- gives: id cart_id, strength integer (4 named by the order, 3 its token, 2 its customer, 1 its address, 0 its visitor, -1 an origin),
--   state cart_state, created time, day integer, items integer, mailbox_hash mailbox_hash?, customer text?, via text?, via_at time?,
--   returned_at time?, counted integer, order_number text?, order_total integer?, order_currency text?, order_confirmed boolean,
--   recovered boolean, abandoned_at time?
WITH named AS (
  SELECT :cart AS id, 4 AS strength WHERE :cart IS NOT NULL
  UNION ALL SELECT cart, iif(key = :token, 3, 2) FROM identity WHERE site = :site AND key IN (:token, :customer)
  UNION ALL SELECT n.value, 1 FROM contact k, json_each(k.carts) n WHERE k.site = :site AND k.mailbox_hash = :mailbox_hash
  UNION ALL SELECT id, 0 FROM cart WHERE :first IS NOT NULL AND site = :site AND id >= :first AND id < :behind
  UNION ALL SELECT cart, 4 FROM orders WHERE site = :site AND number = :number AND cart IS NOT NULL),
strongest AS (SELECT id, max(strength) AS strength FROM named GROUP BY id),
chained AS (
  SELECT id, strength FROM strongest
  UNION SELECT c.superseded_by, 1 FROM strongest t CROSS JOIN cart c ON c.site = :site AND c.id = t.id
    WHERE t.strength >= 1 AND c.superseded_by IS NOT NULL
  UNION SELECT substr(c.via, 1, instr(c.via, '/') - 1), -1 FROM strongest t CROSS JOIN cart c ON c.site = :site AND c.id = t.id WHERE c.via IS NOT NULL)
SELECT c.id, max(t.strength) AS strength, c.state, c.created, c.day, c.items, c.mailbox_hash, c.customer, c.via, c.via_at, c.returned_at, c.counted,
  c.order_number, c.order_total, c.order_currency, c.order_confirmed, c.recovered, c.abandoned_at
FROM chained t CROSS JOIN cart c ON c.site = :site AND c.id = t.id
GROUP BY c.id ORDER BY c.created, c.id

-- name: write_order
-- Writes the new state of an order unless it was written since it was read, or one of its carts has entered or left a
-- metric since. All later statements of the batch ask for `writer`.
-- Index: primary keys. Rows: 1, or 0 when another writer was faster. Reads: 1 a cart.
-- takes: site site_id, number text, status order_status, source order_source, total integer?, refunded integer, currency text?,
--   cart cart_id?, placed_at time, revision integer (as it was read; 0 for a new order), writer text (random name of this writing),
--   carts json (`[{cart, counted}]`, as they were read)
-- gives: revision integer
INSERT INTO orders (site, number, status, source, total, refunded, currency, cart, placed_at, revision, writer)
SELECT :site, :number, :status, :source, :total, :refunded, :currency, :cart, :placed_at, :revision + 1, :writer
WHERE NOT EXISTS (SELECT 1 FROM json_each(:carts) j CROSS JOIN cart c ON c.site = :site AND c.id = j.value ->> 'cart'
  WHERE c.counted <> j.value ->> 'counted')
ON CONFLICT (site, number) DO UPDATE SET status = :status, source = max(source, :source), total = :total, refunded = :refunded, currency = :currency,
  cart = coalesce(:cart, cart), revision = revision + 1, writer = :writer
WHERE orders.revision = :revision
RETURNING revision

-- name: write_purchases
-- Records the purchase under every key of the buyer; the gate and late events ask for it. Not guarded by `writer`: it can only
-- stop mails.
-- Index: primary key. Rows: 1 a key, once.
-- takes: site site_id, keys json (`[key, …]`), status text (`placed` or `pending`), number text, at time
INSERT INTO purchase (site, key, status, number, at)
SELECT :site, value, :status, :number, :at FROM json_each(:keys) WHERE true
ON CONFLICT (site, key, number) DO UPDATE SET status = 'placed' WHERE purchase.status = 'pending' AND :status = 'placed'

-- name: delete_purchases
-- An order that was not paid after all: its purchases go.
-- Index: primary key. Rows: 1 a key.
-- takes: site site_id, keys json (`[key, …]`), number text
DELETE FROM purchase WHERE site = :site AND key IN (SELECT value FROM json_each(:keys)) AND number = :number

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
-- Closes, reopens or hands over the carts of an order.
-- Index: primary key (by the list of ids; without it all carts of the site would be walked). Rows: 2 to 3 a cart.
-- takes: site site_id,
--   carts json (`[{cart, state, due, number, total, currency, confirmed, recovered, counted, superseded}]`),
--   number text, writer text, now time
UPDATE cart SET state = j.state, since = iif(cart.state = j.state, since, :now), due = j.due, network = NULL,
  ordered_at = iif(j.state = 2, coalesce(ordered_at, :now), NULL),
  order_number = j.number, order_total = j.total, order_currency = j.currency, order_confirmed = j.confirmed,
  recovered = j.recovered, counted = j.counted, superseded_by = coalesce(superseded_by, j.superseded)
FROM (SELECT value ->> 'cart' AS cart, value ->> 'state' AS state, value ->> 'due' AS due, value ->> 'number' AS number,
    value ->> 'total' AS total, value ->> 'currency' AS currency, value ->> 'confirmed' AS confirmed,
    value ->> 'recovered' AS recovered, value ->> 'counted' AS counted, value ->> 'superseded' AS superseded
  FROM json_each(:carts)) j
WHERE cart.site = :site AND cart.id IN (SELECT value ->> 'cart' FROM json_each(:carts)) AND cart.id = j.cart
  AND EXISTS (SELECT 1 FROM orders WHERE site = :site AND number = :number AND writer = :writer)
