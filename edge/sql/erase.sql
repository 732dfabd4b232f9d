-- Erasing a person for a merchant: first the carts that are theirs, then what goes, in the order of the transaction.
-- Identities, purchases and details go before the carts, since they are found by the carts. Statements that walk the sites of the
-- merchant walk few.

-- name: find_carts
-- The carts of a person that still tell anything: all carts of every visitor that ever had the address, the carts that were
-- rebuilt from them (unless they have another address), and those of a customer whom the shop signed.
-- Index: primary keys, outbox_mailbox. Reads: about 3 a cart.
-- takes: merchant merchant_id, mailbox_hash mailbox_hash, most integer
-- gives: site site_id, cart cart_id
WITH had AS MATERIALIZED (
  SELECT k.site, n.value AS id FROM site s CROSS JOIN contact k ON k.site = s.id AND k.mailbox_hash = :mailbox_hash CROSS JOIN json_each(k.carts) n
    WHERE s.merchant = :merchant
  UNION SELECT o.site, o.cart FROM outbox o CROSS JOIN site s ON s.id = o.site AND s.merchant = :merchant
    WHERE o.mailbox_hash = :mailbox_hash AND o.counted_at IS NOT NULL),
own AS MATERIALIZED (
  SELECT DISTINCT c.site, c.id, coalesce(c.superseded_by, c.rebuilt) AS superseded_by, iif(c.signed, c.customer, NULL) AS customer
  FROM had h CROSS JOIN cart c ON c.site = h.site AND c.id >= substr(h.id, 1, instr(h.id, '.')) AND c.id < substr(h.id, 1, instr(h.id, '.') - 1) || '/'),
person AS MATERIALIZED (
  SELECT site, id FROM own
  UNION SELECT c.site, c.id FROM own w CROSS JOIN cart c ON c.site = w.site AND c.id = w.superseded_by
    WHERE coalesce(c.mailbox_hash, :mailbox_hash) = :mailbox_hash
  UNION SELECT c.site, c.id FROM own w CROSS JOIN identity i ON i.site = w.site AND i.key = 'customer:' || w.customer
    CROSS JOIN cart c ON c.site = i.site AND c.id = i.cart WHERE c.signed = 1 AND c.customer = w.customer)
SELECT c.site, c.id AS cart FROM person p CROSS JOIN cart c ON c.site = p.site AND c.id = p.id
WHERE c.lines <> '[]' OR coalesce(c.token, c.customer, c.mailbox_hash, c.consent) IS NOT NULL OR c.state IN (0, 1) LIMIT :most

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
