-- Retention: each table is looked through in the order of its primary key, some rows a tick, and what has reached its age goes.
-- A walk needs no index on age, so that an event writes no row for it. The statements of one table stand together: the first
-- tells what the next rows hold, the others take away what is too old among the same rows; all in one transaction.

-- name: read_progress
-- How far each table has been looked through; one row a table.
-- Index: primary key. Reads: 1 a table.
-- gives: job text, at time, note json
SELECT job, at, note FROM heartbeat WHERE job >= 'retention/' AND job < 'retention0'

-- name: write_progress
-- Records how far a table has been looked through.
-- Index: primary key. Rows: 1.
-- takes: job text (`retention/` and the table), now time, note json
INSERT INTO heartbeat (job, at, note) VALUES (:job, :now, :note)
ON CONFLICT (job) DO UPDATE SET at = excluded.at, note = excluded.note

-- name: walk_carts
-- The next carts: how many there are, how many are stripped or deleted, and the last activity of the oldest one that is kept
-- with its contents.
-- Index: primary key. Reads: 2 a cart, 3 with an address.
-- takes: after json (`[site, id]` of the last cart that was looked at), most integer, now time,
--   retention integer (milliseconds, for sites without their own), anonymous integer (likewise, of carts that nobody is known of),
--   old time (carts that were left before it are deleted)
-- gives: last json?, looked integer, removed integer, oldest time?
WITH walked AS MATERIALIZED (
  SELECT c.site, c.id, c.active_at, c.tells, c.tells AND c.ends OR c.active_at < :old AS goes FROM (
    -- include: walked_carts
  ) c)
SELECT (SELECT json_array(site, id) FROM walked ORDER BY site DESC, id DESC LIMIT 1) AS last, count(*) AS looked,
  coalesce(sum(goes), 0) AS removed, min(iif(tells AND NOT goes, active_at, NULL)) AS oldest FROM walked

-- fragment: walked_carts
-- `tells`: whether the cart holds contents or names; `ends`: whether their time is over. That is a while after the last activity;
-- or its shopper was erased since, which finds the carts that an erasure could not.
  SELECT c.site, c.id, c.active_at, c.lines <> '[]' OR coalesce(c.token, c.customer, c.mailbox_hash, c.consent) IS NOT NULL AS tells,
    c.active_at < :now - iif(coalesce(c.mailbox_hash, c.customer) IS NULL,
      coalesce(s.settings ->> '$.policy.anonymous_retention', :anonymous), coalesce(s.settings ->> '$.policy.retention', :retention))
    OR EXISTS (SELECT 1 FROM contact k WHERE k.site = c.site AND k.mailbox_hash = c.mailbox_hash AND k.erased_at >= c.active_at) AS ends
  FROM (SELECT site, id, active_at, lines, token, customer, mailbox_hash, consent FROM cart
    WHERE (site, id) > (:after ->> 0, :after ->> 1) ORDER BY site, id LIMIT :most) c
  CROSS JOIN site s ON s.id = c.site

-- name: strip_carts
-- Strips the next carts to facts: no contact, no names, no text. The figures stay, and the cart can be woken.
-- Index: primary key. Rows: 1 a cart, and 1 for an address that no other cart needs (trigger). Reads: as walk_carts.
-- takes: after json, most integer, now time, retention integer, anonymous integer
UPDATE cart SET lines = '[]', token = NULL, customer = NULL, signed = 0, mailbox_hash = NULL, consent = NULL, network = NULL,
  operator = NULL, proof = 0,
  history = json_insert(iif(json_array_length(history) < 64, history, json_remove(history, '$[1]')), '$[#]',
    json_array(CAST(:now AS INTEGER), 'stripped', items, total))
WHERE (site, id) IN (SELECT c.site, c.id FROM (
    -- include: walked_carts
  ) c WHERE c.tells AND c.ends)

-- name: delete_carts
-- Deletes the next carts that are older than metrics are kept.
-- Index: primary key. Rows: 2 a cart. Reads: 1 a cart.
-- takes: after json, most integer, old time
DELETE FROM cart WHERE (site, id) IN (SELECT site, id FROM (
  SELECT site, id, active_at FROM cart WHERE (site, id) > (:after ->> 0, :after ->> 1) ORDER BY site, id LIMIT :most)
WHERE active_at < :old)

-- name: walk_contacts
-- The next contacts: how many lose their address, their carts or their row, and since when the oldest address that stays is known.
-- Index: primary key. Reads: 4 a contact, and 1 a cart of it.
-- takes: after json (`[site, mailbox_hash]` of the last contact that was looked at), most integer,
--   old time (proof of consent that ended before it is deleted)
-- gives: last json?, looked integer, removed integer, oldest time?
WITH walked AS MATERIALIZED (
  SELECT k.site, k.mailbox_hash, k.created, k.address, (k.address IS NOT NULL AND k.unneeded) OR (k.carts <> '[]' AND k.faceless) OR k.ends AS goes FROM (
    -- include: walked_contacts
  ) k)
SELECT (SELECT json_array(site, mailbox_hash) FROM walked ORDER BY site DESC, mailbox_hash DESC LIMIT 1) AS last, count(*) AS looked,
  coalesce(sum(goes), 0) AS removed, min(iif(address IS NOT NULL AND NOT goes, created, NULL)) AS oldest FROM walked

-- fragment: walked_contacts
-- `unneeded`: no cart needs the address, nor does the owner need it to take a suppression along; `faceless`: all its carts are
-- stripped or gone; `ends`: it is neither needed nor is there a consent or a refusal to be proven any more.
  SELECT k.site, k.mailbox_hash, k.created, k.address, k.carts,
    NOT EXISTS (SELECT 1 FROM json_each(k.carts) n CROSS JOIN cart c ON c.site = k.site AND c.id = n.value WHERE c.mailbox_hash = k.mailbox_hash)
    AND NOT EXISTS (SELECT 1 FROM site s JOIN suppression x ON x.scope IN (s.merchant, '*') AND x.mailbox_hash = k.mailbox_hash
      WHERE s.id = k.site AND x.reason IN ('unsubscribed', 'complained', 'bounced')) AS unneeded,
    NOT EXISTS (SELECT 1 FROM json_each(k.carts) n CROSS JOIN cart c ON c.site = k.site AND c.id = n.value
      WHERE c.lines <> '[]' OR coalesce(c.token, c.customer, c.mailbox_hash) IS NOT NULL) AS faceless,
    k.address IS NULL AND k.carts = '[]'
      AND max(coalesce(k.forgotten_at, k.erased_at), coalesce(k.erased_at, 0)) < iif(k.basis_at IS NULL AND k.refused_at IS NULL AND k.erased_at IS NULL, 9e15, :old) AS ends
  FROM (SELECT site, mailbox_hash, created, address, carts, basis_at, refused_at, erased_at, forgotten_at FROM contact
    WHERE (site, mailbox_hash) > (:after ->> 0, :after ->> 1) ORDER BY site, mailbox_hash LIMIT :most) k

-- name: forget_addresses
-- Takes away addresses of the next contacts that no cart needs any more; most are gone by then (trigger `address_let_go`).
-- Index: primary key. Rows: 1 a contact. Reads: as walk_contacts.
-- takes: after json, most integer, now time, old time
UPDATE contact SET address = NULL, forgotten_at = :now WHERE address IS NOT NULL AND (site, mailbox_hash) IN (SELECT k.site, k.mailbox_hash FROM (
    -- include: walked_contacts
  ) k WHERE k.unneeded)

-- name: unlink_contacts
-- Takes the ids of their carts away from the next contacts whose carts tell nothing any more.
-- Index: primary key. Rows: 1 a contact. Reads: as walk_contacts.
-- takes: after json, most integer, old time
UPDATE contact SET carts = '[]' WHERE carts <> '[]' AND (site, mailbox_hash) IN (SELECT k.site, k.mailbox_hash FROM (
    -- include: walked_contacts
  ) k WHERE k.faceless)

-- name: delete_contacts
-- Deletes the next contacts that have neither an address nor anything to prove.
-- Index: primary key. Rows: 1 a contact. Reads: as walk_contacts.
-- takes: after json, most integer, old time
DELETE FROM contact WHERE (site, mailbox_hash) IN (SELECT k.site, k.mailbox_hash FROM (
    -- include: walked_contacts
  ) k WHERE k.ends)

-- name: walk_identities
-- The next identities, and how many of them name a cart that is stripped or gone.
-- Index: primary key. Reads: 2 an identity.
-- takes: after json (`[site, key, cart]` of the last identity that was looked at), most integer
-- gives: last json?, looked integer, removed integer
WITH walked AS MATERIALIZED (SELECT i.site, i.key, i.cart, i.goes FROM (
    -- include: walked_identities
  ) i)
SELECT (SELECT json_array(site, key, cart) FROM walked ORDER BY site DESC, key DESC, cart DESC LIMIT 1) AS last, count(*) AS looked,
  coalesce(sum(goes), 0) AS removed FROM walked

-- fragment: walked_identities
-- A cart without any name of its own is stripped, refused or erased: its earlier names go too.
  SELECT i.site, i.key, i.cart, NOT EXISTS (SELECT 1 FROM cart c WHERE c.site = i.site AND c.id = i.cart AND coalesce(c.token, c.customer) IS NOT NULL) AS goes
  FROM (SELECT site, key, cart FROM identity WHERE (site, key, cart) > (:after ->> 0, :after ->> 1, :after ->> 2) ORDER BY site, key, cart LIMIT :most) i

-- name: delete_identities
-- Deletes the next identities whose cart is stripped or gone.
-- Index: primary key. Rows: 1 an identity. Reads: as walk_identities.
-- takes: after json, most integer
DELETE FROM identity WHERE (site, key, cart) IN (SELECT i.site, i.key, i.cart FROM (
    -- include: walked_identities
  ) i WHERE i.goes)

-- name: walk_purchases
-- The next purchases, how many are too old, and the time of the oldest that stays.
-- Index: primary key. Reads: 2 a purchase.
-- takes: after json (`[site, key, number]` of the last purchase that was looked at), most integer, now time,
--   retention integer (milliseconds, for sites without their own: of purchases under a token or a customer),
--   old time (the others are deleted if they are older)
-- gives: last json?, looked integer, removed integer, oldest time?
WITH walked AS MATERIALIZED (SELECT p.site, p.key, p.number, p.at, p.goes FROM (
    -- include: walked_purchases
  ) p)
SELECT (SELECT json_array(site, key, number) FROM walked ORDER BY site DESC, key DESC, number DESC LIMIT 1) AS last, count(*) AS looked,
  coalesce(sum(goes), 0) AS removed, min(iif(goes, NULL, at)) AS oldest FROM walked

-- fragment: walked_purchases
-- Those under `cart:` drop late events and those under `mailbox:` prove an earlier buyer, so both stay as long as metrics.
  SELECT p.site, p.key, p.number, p.at, p.at < :old
    OR (substr(p.key, 1, 6) = 'token:' OR substr(p.key, 1, 9) = 'customer:') AND p.at < :now - coalesce(s.settings ->> '$.policy.retention', :retention) AS goes
  FROM (SELECT site, key, number, at FROM purchase WHERE (site, key, number) > (:after ->> 0, :after ->> 1, :after ->> 2) ORDER BY site, key, number LIMIT :most) p
  CROSS JOIN site s ON s.id = p.site

-- name: delete_purchases
-- Deletes the next purchases that are too old.
-- Index: primary key. Rows: 1 a purchase. Reads: as walk_purchases.
-- takes: after json, most integer, now time, retention integer, old time
DELETE FROM purchase WHERE (site, key, number) IN (SELECT p.site, p.key, p.number FROM (
    -- include: walked_purchases
  ) p WHERE p.goes)

-- name: walk_orders
-- The next orders, how many are too old, and when the oldest that stays was placed.
-- Index: primary key. Reads: 1 an order.
-- takes: after json (`[site, number]` of the last order that was looked at), most integer, old time
-- gives: last json?, looked integer, removed integer, oldest time?
WITH walked AS MATERIALIZED (
  SELECT site, number, placed_at FROM orders WHERE (site, number) > (:after ->> 0, :after ->> 1) ORDER BY site, number LIMIT :most)
SELECT (SELECT json_array(site, number) FROM walked ORDER BY site DESC, number DESC LIMIT 1) AS last, count(*) AS looked,
  coalesce(sum(placed_at < :old), 0) AS removed, min(iif(placed_at < :old, NULL, placed_at)) AS oldest FROM walked

-- name: delete_orders
-- Deletes the next orders that are older than metrics are kept.
-- Index: primary key. Rows: 1 an order. Reads: 1 an order.
-- takes: after json, most integer, old time
DELETE FROM orders WHERE (site, number) IN (SELECT site, number FROM (
  SELECT site, number, placed_at FROM orders WHERE (site, number) > (:after ->> 0, :after ->> 1) ORDER BY site, number LIMIT :most)
WHERE placed_at < :old)

-- name: walk_reminders
-- The next reminders, how many lose the provider's words or their row, and when the oldest that stays was planned.
-- Index: primary key. Reads: 2 a reminder.
-- takes: after json (`[site, cart, cycle, step]` of the last reminder that was looked at), most integer, now time,
--   retention integer (milliseconds, for sites without their own), old time (reminders that were planned before it are deleted)
-- gives: last json?, looked integer, removed integer, oldest time?
WITH walked AS MATERIALIZED (SELECT o.site, o.cart, o.cycle, o.step, o.planned_at, o.planned_at < :old AS goes, o.tells FROM (
    -- include: walked_reminders
  ) o)
SELECT (SELECT json_array(site, cart, cycle, step) FROM walked ORDER BY site DESC, cart DESC, cycle DESC, step DESC LIMIT 1) AS last,
  count(*) AS looked, coalesce(sum(goes OR tells), 0) AS removed, min(iif(goes, NULL, planned_at)) AS oldest FROM walked

-- fragment: walked_reminders
-- `tells`: whether it still holds what the provider said of it, although its time is over.
  SELECT o.site, o.cart, o.cycle, o.step, o.planned_at, o.detail > '' AND o.planned_at < :now - coalesce(s.settings ->> '$.policy.retention', :retention) AS tells
  FROM (SELECT site, cart, cycle, step, planned_at, detail FROM outbox
    WHERE (site, cart, cycle, step) > (:after ->> 0, :after ->> 1, :after ->> 2, :after ->> 3) ORDER BY site, cart, cycle, step LIMIT :most) o
  CROSS JOIN site s ON s.id = o.site

-- name: strip_reminders
-- Takes away what providers said of the next reminders.
-- Index: primary key. Rows: 1 a reminder. Reads: as walk_reminders.
-- takes: after json, most integer, now time, retention integer
UPDATE outbox SET detail = NULL WHERE (site, cart, cycle, step) IN (SELECT o.site, o.cart, o.cycle, o.step FROM (
    -- include: walked_reminders
  ) o WHERE o.tells)

-- name: delete_reminders
-- Deletes the next reminders whose links have ended with their age.
-- Index: primary key. Rows: 2 a reminder. Reads: 1 a reminder.
-- takes: after json, most integer, old time
DELETE FROM outbox WHERE (site, cart, cycle, step) IN (SELECT site, cart, cycle, step FROM (
  SELECT site, cart, cycle, step, planned_at FROM outbox
    WHERE (site, cart, cycle, step) > (:after ->> 0, :after ->> 1, :after ->> 2, :after ->> 3) ORDER BY site, cart, cycle, step LIMIT :most)
WHERE planned_at < :old)

-- name: walk_products
-- The next products, how many the shop has not told of for too long, and when the oldest that stays was told.
-- Index: primary key. Reads: 1 a product.
-- takes: after json (`[site, id, variant]` of the last product that was looked at), most integer, old time
-- gives: last json?, looked integer, removed integer, oldest time?
WITH walked AS MATERIALIZED (
  SELECT site, id, variant, read_at FROM product WHERE (site, id, variant) > (:after ->> 0, :after ->> 1, :after ->> 2) ORDER BY site, id, variant LIMIT :most)
SELECT (SELECT json_array(site, id, variant) FROM walked ORDER BY site DESC, id DESC, variant DESC LIMIT 1) AS last, count(*) AS looked,
  coalesce(sum(read_at < :old), 0) AS removed, min(iif(read_at < :old, NULL, read_at)) AS oldest FROM walked

-- name: delete_products
-- Deletes the next products that the shop has not told of for too long.
-- Index: primary key. Rows: 1 a product. Reads: 1 a product.
-- takes: after json, most integer, old time
DELETE FROM product WHERE (site, id, variant) IN (SELECT site, id, variant FROM (
  SELECT site, id, variant, read_at FROM product WHERE (site, id, variant) > (:after ->> 0, :after ->> 1, :after ->> 2) ORDER BY site, id, variant LIMIT :most)
WHERE read_at < :old)

-- name: walk_metrics
-- The next metrics, and how many are of days that are too old.
-- Index: primary key. Reads: 1 a metric.
-- takes: after json (`[site, day, name, currency]` of the last metric that was looked at), most integer, first integer (the first day that stays)
-- gives: last json?, looked integer, removed integer
WITH walked AS MATERIALIZED (
  SELECT site, day, name, currency FROM metric
  WHERE (site, day, name, currency) > (:after ->> 0, :after ->> 1, :after ->> 2, :after ->> 3) ORDER BY site, day, name, currency LIMIT :most)
SELECT (SELECT json_array(site, day, name, currency) FROM walked ORDER BY site DESC, day DESC, name DESC, currency DESC LIMIT 1) AS last,
  count(*) AS looked, coalesce(sum(day < :first), 0) AS removed FROM walked

-- name: delete_metrics
-- Deletes the next metrics of days that are too old.
-- Index: primary key. Rows: 1 a metric. Reads: 1 a metric.
-- takes: after json, most integer, first integer
DELETE FROM metric WHERE (site, day, name, currency) IN (SELECT site, day, name, currency FROM (
  SELECT site, day, name, currency FROM metric
  WHERE (site, day, name, currency) > (:after ->> 0, :after ->> 1, :after ->> 2, :after ->> 3) ORDER BY site, day, name, currency LIMIT :most)
WHERE day < :first)
