-- Erasing a person for a merchant: first the carts that are theirs, then what goes, in the order of the transaction.
-- Identities, purchases and details go before the carts, since they are found by the carts. Statements that walk the sites of the
-- merchant walk few.

-- name: find_carts
-- The next carts of a person, in the order of their ids: all carts of every visitor that ever had the address. With them come the
-- carts that were rebuilt from them (unless they have another address), and those of a customer whom the shop signed.
-- Index: primary keys, outbox_mailbox. Reads: `most` carts, 1 more for each rebuilt one, 40 a customer, and 1 a mail to the address.
-- The limit of the list of visitors keeps its order.
-- takes: merchant merchant_id, mailbox_hash mailbox_hash, after json (`[site, id]` of the last cart of a visitor that was looked at),
--   most integer (carts of visitors)
-- gives: site site_id, cart cart_id, is_visitors boolean, tells boolean (contents, a name, or that it is open)
WITH visitor AS MATERIALIZED (
  SELECT k.site, substr(n.value, 1, instr(n.value, '.') - 1) AS name
    FROM site s CROSS JOIN contact k ON k.site = s.id AND k.mailbox_hash = :mailbox_hash CROSS JOIN json_each(k.carts) n
    WHERE s.merchant = :merchant
  UNION SELECT o.site, substr(o.cart, 1, instr(o.cart, '.') - 1)
    FROM outbox o CROSS JOIN site s ON s.id = o.site AND s.merchant = :merchant
    WHERE o.mailbox_hash = :mailbox_hash AND o.counted_at IS NOT NULL),
looked AS MATERIALIZED (
  SELECT c.site, c.id, coalesce(c.superseded_by, c.rebuilt) AS heir, iif(c.signed, c.customer, NULL) AS customer,
    -- include: tells
    AS tells
  FROM (SELECT site, name FROM visitor WHERE (site, name || '/') > (:after ->> 0, :after ->> 1) ORDER BY site, name LIMIT -1) v
  CROSS JOIN cart c ON c.site = v.site AND c.id > iif(v.site = :after ->> 0, max(v.name || '.', :after ->> 1), v.name || '.') AND c.id < v.name || '/'
  LIMIT :most)
SELECT site, id AS cart, 1 AS is_visitors, tells FROM looked
UNION ALL SELECT c.site, c.id, 0,
    -- include: tells
  FROM looked w CROSS JOIN cart c ON c.site = w.site AND c.id = w.heir WHERE coalesce(c.mailbox_hash, :mailbox_hash) = :mailbox_hash
UNION ALL SELECT c.site, c.id, 0,
    -- include: tells
  FROM (SELECT DISTINCT site, customer FROM looked WHERE customer IS NOT NULL) w
  CROSS JOIN identity i ON i.site = w.site AND i.key = 'customer:' || w.customer
  CROSS JOIN cart c ON c.site = i.site AND c.id = i.cart WHERE c.signed = 1 AND c.customer = w.customer

-- fragment: tells
  c.lines <> '[]' OR coalesce(c.token, c.customer, c.mailbox_hash, c.consent) IS NOT NULL OR c.state IN (0, 1)

-- name: erase_identities
-- Takes away the identities of an erased person's carts. Names that a cart had earlier go with retention/delete_identities.
-- Index: primary keys. Rows: 1 an identity.
-- takes: carts json (`[{site, cart}]`)
DELETE FROM identity WHERE (site, key, cart) IN (
  SELECT c.site, n.value, c.id
  FROM json_each(:carts) j CROSS JOIN cart c ON c.site = j.value ->> 'site' AND c.id = j.value ->> 'cart'
  CROSS JOIN json_each(json_array('token:' || c.token, 'customer:' || c.customer)) n WHERE n.value IS NOT NULL)

-- name: erase_purchases
-- Takes away purchases under an erased person's tokens and customer ids; those under cart ids stay, they drop late events.
-- Index: primary keys. Rows: 1 a purchase.
-- takes: carts json (`[{site, cart}]`)
DELETE FROM purchase WHERE (site, key, number) IN (
  SELECT p.site, p.key, p.number
  FROM json_each(:carts) j CROSS JOIN cart c ON c.site = j.value ->> 'site' AND c.id = j.value ->> 'cart'
  CROSS JOIN purchase p ON p.site = c.site AND p.key IN ('token:' || c.token, 'customer:' || c.customer))

-- name: erase_details
-- Takes away what mail providers said about an erased person's mails.
-- Index: primary keys. Rows: 1 a reminder.
-- takes: carts json (`[{site, cart}]`)
UPDATE outbox SET detail = NULL WHERE (site, cart, cycle, step) IN (
  SELECT o.site, o.cart, o.cycle, o.step FROM json_each(:carts) j CROSS JOIN outbox o ON o.site = j.value ->> 'site' AND o.cart = j.value ->> 'cart'
  WHERE o.detail > '')

-- name: erase_carts
-- Takes an erased person out of their carts; open ones become tombstones, the others keep their place in the metrics. Addresses
-- that no other cart needs are forgotten by trigger.
-- Index: primary key. Rows: 1 to 3 a cart, and 1 an address.
-- takes: carts json (`[{site, cart}]`), now time
UPDATE cart SET since = iif(state IN (0, 1), :now, since), due = NULL, lines = '[]', token = NULL, customer = NULL, signed = 0, mailbox_hash = NULL,
  items = iif(state IN (0, 1), 0, items), total = iif(state IN (0, 1), 0, total),
  locale = NULL, zone = NULL, country = NULL, checkout_stage = NULL, consent = NULL, network = NULL, operator = NULL, proof = 0,
  history = json_array(json_array(CAST(:now AS INTEGER), 'erased', 0, 0)), state = iif(state IN (0, 1), 4, state)
WHERE (site, id) IN (SELECT value ->> 'site', value ->> 'cart' FROM json_each(:carts))

-- name: erase_mailbox_purchases
-- Takes away purchases under an erased person's address.
-- Index: primary key. Rows: 1 a purchase.
-- takes: merchant merchant_id, mailbox_hash mailbox_hash
DELETE FROM purchase WHERE (site, key, number) IN (
  SELECT p.site, p.key, p.number FROM site s CROSS JOIN purchase p ON p.site = s.id AND p.key = 'mailbox:' || :mailbox_hash
  WHERE s.merchant = :merchant)

-- name: erase_contacts
-- Takes an erased address out of its contacts; the hash and the proof of consent stay.
-- Index: primary key. Rows: 1 a site that knew it.
-- takes: merchant merchant_id, mailbox_hash mailbox_hash, now time
-- gives: site site_id
UPDATE contact SET address = NULL, carts = '[]', basis = NULL, said_by = NULL, known_at = NULL, erased_at = :now
WHERE mailbox_hash = :mailbox_hash AND site IN (SELECT id FROM site WHERE merchant = :merchant)
  AND (erased_at IS NULL OR address IS NOT NULL OR carts <> '[]')
RETURNING site

-- name: suppress_erased
-- An erased address is not mailed again by any site of the merchant, until its owner wishes it anew. Complaints, bounces,
-- unsubscriptions and *not me* stay what they are: a fresh wish does not end them.
-- Index: primary key. Rows: 1.
-- takes: merchant merchant_id, mailbox_hash mailbox_hash, now time
INSERT INTO suppression (scope, mailbox_hash, reason, at, site) VALUES (:merchant, :mailbox_hash, 'erased', :now, '')
ON CONFLICT (scope, mailbox_hash) DO UPDATE SET reason = 'erased', at = excluded.at, site = ''
WHERE suppression.reason = 'erased'
