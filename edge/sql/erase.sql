-- Erasing a person for a merchant, in the order of the transaction.
-- Identities, purchases and details go first, since they are found by the carts. All statements walk the sites of the merchant,
-- which are few.

-- name: erase_identities
-- Takes away the identities of an erased person's carts.
-- Index: primary keys. Rows: 1 an identity.
-- takes: merchant merchant_id, mailbox_hash mailbox_hash
DELETE FROM identity WHERE (site, key, cart) IN (
  SELECT i.site, i.key, i.cart
  FROM site s CROSS JOIN contact k ON k.site = s.id AND k.mailbox_hash = :mailbox_hash CROSS JOIN json_each(k.carts) n
  CROSS JOIN cart c ON c.site = k.site AND c.id = n.value AND c.mailbox_hash = :mailbox_hash
  CROSS JOIN identity i ON i.site = c.site AND i.key IN ('token:' || c.token, 'customer:' || c.customer) AND i.cart = c.id
  WHERE s.merchant = :merchant)

-- name: erase_purchases
-- Takes away purchases under an erased person's keys; those under cart ids stay, they drop late events.
-- Index: primary keys. Rows: 1 a purchase.
-- takes: merchant merchant_id, mailbox_hash mailbox_hash
DELETE FROM purchase WHERE (site, key, number) IN (
  SELECT p.site, p.key, p.number
  FROM site s CROSS JOIN contact k ON k.site = s.id AND k.mailbox_hash = :mailbox_hash CROSS JOIN json_each(k.carts) n
  CROSS JOIN cart c ON c.site = k.site AND c.id = n.value AND c.mailbox_hash = :mailbox_hash
  CROSS JOIN purchase p ON p.site = c.site AND p.key IN ('mailbox:' || :mailbox_hash, 'token:' || c.token, 'customer:' || c.customer)
  WHERE s.merchant = :merchant)

-- name: erase_details
-- Takes away what mail providers said about an erased person's mails.
-- Index: primary keys. Rows: 1 a reminder.
-- takes: merchant merchant_id, mailbox_hash mailbox_hash
UPDATE outbox SET detail = NULL WHERE (site, cart, cycle, step) IN (
  SELECT o.site, o.cart, o.cycle, o.step
  FROM site s CROSS JOIN contact k ON k.site = s.id AND k.mailbox_hash = :mailbox_hash CROSS JOIN json_each(k.carts) n
  CROSS JOIN outbox o ON o.site = k.site AND o.cart = n.value WHERE s.merchant = :merchant AND o.mailbox_hash = :mailbox_hash AND o.detail > '')

-- name: erase_carts
-- Takes an erased person out of their carts and those rebuilt from them; open ones become tombstones, the others keep
-- their place in the metrics.
-- Index: primary keys. Rows: 1 to 3 a cart.
-- takes: merchant merchant_id, mailbox_hash mailbox_hash, now time
UPDATE cart SET since = iif(state IN (0, 1), :now, since), due = NULL, lines = '[]', token = NULL, customer = NULL, signed = 0, mailbox_hash = NULL,
  items = iif(state IN (0, 1), 0, items), total = iif(state IN (0, 1), 0, total),
  locale = NULL, zone = NULL, country = NULL, checkout_stage = NULL, consent = NULL, network = NULL, operator = NULL, proof = 0,
  history = json_array(json_array(CAST(:now AS INTEGER), 'erased', 0, 0)), state = iif(state IN (0, 1), 4, state)
WHERE (site, id) IN (
  SELECT c.site, c.id
  FROM site s CROSS JOIN contact k ON k.site = s.id AND k.mailbox_hash = :mailbox_hash CROSS JOIN json_each(k.carts) n
  CROSS JOIN cart c ON c.site = k.site AND coalesce(c.mailbox_hash, :mailbox_hash) = :mailbox_hash AND c.id IN (n.value,
    (SELECT coalesce(o.superseded_by, o.rebuilt) FROM cart o WHERE o.site = k.site AND o.id = n.value AND o.mailbox_hash = :mailbox_hash))
  WHERE s.merchant = :merchant)

-- name: erase_contacts
-- Takes an erased address out of its contacts; the hash and the proof of consent stay.
-- Index: primary key. Rows: 1 a site that knew it.
-- takes: merchant merchant_id, mailbox_hash mailbox_hash, now time
-- gives: site site_id
UPDATE contact SET address = NULL, carts = '[]', basis = NULL, known_at = NULL, erased_at = :now
WHERE mailbox_hash = :mailbox_hash AND site IN (SELECT id FROM site WHERE merchant = :merchant) AND erased_at IS NULL
RETURNING site

-- name: suppress_erased
-- An erased address is not mailed again by any site of the merchant.
-- Index: primary key. Rows: 1.
-- takes: merchant merchant_id, mailbox_hash mailbox_hash, now time
INSERT INTO suppression (scope, mailbox_hash, reason, at, site) VALUES (:merchant, :mailbox_hash, 'erased', :now, '')
ON CONFLICT (scope, mailbox_hash) DO UPDATE SET reason = 'erased', at = excluded.at, site = ''
