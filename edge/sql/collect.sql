-- Collecting: what one event of a page changes, in the order of its transaction.

-- name: fold_event
-- Folds an event into its cart: the usual case, a new cart or an active one that has a due time.
-- Index: primary key. Rows: new cart 2 (row, due), change 1, duplicate or older 0; +1 once for each new identity (trigger).
-- takes: site site_id, cart cart_id, version text (of the event, sortable), received time,
--   day integer (calendar day of `at` where the shop is), at time (when it happened),
--   due time (when a new cart is looked at first), has_content boolean, currency text, total integer, items integer, lines json,
--   token text?, locale text?, zone text?, country text?, checkout_stage text?, customer text?, mailbox_hash mailbox_hash?,
--   consent json? (`{mail, at, wording, source}`), session_minted time?, via text? (the reminder it came by, `<cart>/<cycle>/<step>`),
--   entry json (of the history, `[at, kind, items, total]`),
--   ip_prefix_hash text? (hashed IP prefix of an address that nobody vouches for),
--   state cart_state (of a new cart: discarded where a program drove the browser; such an event changes no known cart),
--   is_signed boolean (whether the shop signed the customer's id; it replaces an unsigned one)
-- gives: mailbox_hash mailbox_hash?, via text?
INSERT INTO cart (site, id, state, version, since, created, day, active_at, due, currency, total, items, lines, token, locale, zone,
  country, checkout_stage, customer, signed, mailbox_hash, mailbox_version, identified_at, consent, consent_version, session_minted, session_last, ip_prefix_hash, ip_prefix_at,
  via, via_at, exclusion, history)
SELECT :site, :cart, :state, iif(:has_content, :version, ''), :received, :at, :day, :at, iif(:state, NULL, :due), :currency, :total, :items, :lines, :token, :locale, :zone,
  :country, :checkout_stage, :customer, :is_signed, :mailbox_hash, iif(:mailbox_hash IS NULL, '', :version), iif(:mailbox_hash IS NULL, NULL, :at), :consent, iif(:consent IS NULL, '', :version), :session_minted, :received, :ip_prefix_hash, :received,
  :via, iif(:via IS NULL, NULL, :received), iif(:state, 'program', NULL), json_array(json(:entry))
WHERE NOT EXISTS (SELECT 1 FROM purchase WHERE site = :site AND key = 'cart:' || :cart AND status = 'placed')
ON CONFLICT (site, id) DO UPDATE SET
  -- include: folded_columns
WHERE state = 0 AND due IS NOT NULL AND NOT :state AND (
  -- include: brings_news
)
RETURNING mailbox_hash, via

-- name: wake_cart
-- Like fold_event, for a cart that was abandoned, emptied or excluded: wakes it, and clears the exclusion so that the planner
-- decides again. Asked only when fold_event changed nothing.
-- Index: primary key. Rows: 2 to 3; duplicate or older 0.
-- takes: as fold_event
-- gives: as fold_event
UPDATE cart SET
  state = 0,
  exclusion = NULL,
  since = :received,
  due = :due,
  -- include: folded_columns
WHERE site = :site AND id = :cart AND NOT :state AND (state = 1 OR (state = 0 AND due IS NULL) OR (state = 4 AND exclusion <> 'program')) AND (
  -- include: brings_news
)
RETURNING mailbox_hash, via

-- fragment: folded_columns
-- What an event changes in the columns of a known cart. Content, address and consent have a version each: an older event
-- changes none of them.
  version = iif(:has_content AND :version > version, :version, version),
  currency = iif(:has_content AND :version > version, :currency, currency),
  total = iif(:has_content AND :version > version, :total, total),
  items = iif(:has_content AND :version > version, :items, items),
  lines = iif(:has_content AND :version > version, :lines, lines),
  token = coalesce(iif(:has_content AND :version > version, :token, NULL), token),
  active_at = max(active_at, :at),
  locale = coalesce(:locale, locale),
  zone = coalesce(:zone, zone),
  country = coalesce(:country, country),
  checkout_stage = coalesce(:checkout_stage, checkout_stage),
  customer = iif(:is_signed AND NOT signed, :customer, coalesce(customer, :customer)),
  signed = signed OR :is_signed,
  mailbox_hash = iif(:mailbox_hash IS NOT NULL AND :version > mailbox_version, :mailbox_hash, mailbox_hash),
  mailbox_version = iif(:mailbox_hash IS NOT NULL AND :version > mailbox_version, :version, mailbox_version),
  identified_at = coalesce(identified_at, iif(:mailbox_hash IS NULL, NULL, :at)),
  consent = iif(:consent IS NOT NULL AND :version > consent_version, :consent, consent),
  consent_version = iif(:consent IS NOT NULL AND :version > consent_version, :version, consent_version),
  session_minted = coalesce(session_minted, :session_minted),
  session_last = max(session_last, :received),
  ip_prefix_hash = iif(:mailbox_hash IS NOT NULL AND :version > mailbox_version, :ip_prefix_hash, ip_prefix_hash),
  ip_prefix_at = iif(:mailbox_hash IS NOT NULL AND :version > mailbox_version, :received, ip_prefix_at),
  via = coalesce(via, :via),
  via_at = coalesce(via_at, iif(:via IS NULL, NULL, :received)),
  history = json_insert(iif(json_array_length(history) < 64, history, json_remove(history, '$[1]')), '$[#]', json(:entry))

-- fragment: brings_news
-- Whether an event says anything that its cart does not know.
  (:has_content AND :version > version)
  OR (:mailbox_hash IS NOT NULL AND :version > mailbox_version)
  OR (:consent IS NOT NULL AND :version > consent_version)
  OR (:customer IS NOT NULL AND customer IS NULL)
  OR (:is_signed AND NOT signed)
  OR (:via IS NOT NULL AND via IS NULL)

-- name: keep_contact
-- Keeps the address behind a cart and the consent of its owner; behind fold_event in the same batch.
-- The newest consent counts, and of two of the same moment the refusal.
-- Index: primary keys of cart and contact. Rows: new 1, changed 1, unchanged 0.
-- takes: site site_id, cart cart_id, mailbox_hash mailbox_hash? (of the event), address text? (of the event), now time
INSERT INTO contact (site, mailbox_hash, address, carts, basis, basis_at, basis_wording, basis_source, refused_at, created)
SELECT :site, c.mailbox_hash, iif(c.mailbox_hash = :mailbox_hash, :address, NULL), json_array(:cart),
  nullif(c.consent ->> '$.mail', 'denied'), c.consent ->> '$.at', c.consent ->> '$.wording', c.consent ->> '$.source',
  iif(c.consent ->> '$.mail' = 'denied', c.consent ->> '$.at', NULL), :now
FROM cart c
WHERE c.site = :site AND c.id = :cart AND c.mailbox_hash IS NOT NULL AND c.state IN (0, 1)
ON CONFLICT (site, mailbox_hash) DO UPDATE SET
  address = coalesce(excluded.address, address),
  carts = iif(EXISTS (SELECT 1 FROM json_each(contact.carts) WHERE value = :cart), contact.carts, json_insert(contact.carts, '$[#]', :cart)),
  basis = iif((excluded.basis_at, excluded.refused_at IS NOT NULL) > (coalesce(contact.basis_at, 0), contact.refused_at IS NOT NULL), excluded.basis, contact.basis),
  basis_wording = iif((excluded.basis_at, excluded.refused_at IS NOT NULL) > (coalesce(contact.basis_at, 0), contact.refused_at IS NOT NULL), excluded.basis_wording, contact.basis_wording),
  basis_source = iif((excluded.basis_at, excluded.refused_at IS NOT NULL) > (coalesce(contact.basis_at, 0), contact.refused_at IS NOT NULL), excluded.basis_source, contact.basis_source),
  refused_at = iif((excluded.basis_at, excluded.refused_at IS NOT NULL) > (coalesce(contact.basis_at, 0), contact.refused_at IS NOT NULL), excluded.refused_at, contact.refused_at),
  basis_at = max(coalesce(contact.basis_at, 0), coalesce(excluded.basis_at, 0))
WHERE contact.erased_at IS NULL AND (
  (excluded.address IS NOT NULL AND excluded.address IS NOT contact.address)
  OR (excluded.basis_at, excluded.refused_at IS NOT NULL) > (coalesce(contact.basis_at, 0), contact.refused_at IS NOT NULL)
  OR NOT EXISTS (SELECT 1 FROM json_each(contact.carts) WHERE value = :cart))

-- name: inherit_address
-- Open carts of a customer vouched for by the shop that have no address take the newest address of the customer's other carts.
-- Behind keep_contact in the same batch.
-- Index: primary keys. Rows: 1 a cart that takes it, else 0.
-- takes: site site_id, customer text (`customer:…`, a key of `identity`), now time
UPDATE cart SET mailbox_hash = known.mailbox_hash, identified_at = coalesce(identified_at, :now)
FROM (SELECT c.mailbox_hash
  FROM identity i CROSS JOIN cart c ON c.site = i.site AND c.id = i.cart
  WHERE i.site = :site AND i.key = :customer AND c.signed = 1 AND i.key = 'customer:' || c.customer AND c.mailbox_hash IS NOT NULL
  ORDER BY c.identified_at DESC LIMIT 1) known
WHERE cart.site = :site AND cart.id IN (SELECT cart FROM identity WHERE site = :site AND key = :customer)
  AND cart.signed = 1 AND :customer = 'customer:' || cart.customer AND cart.mailbox_hash IS NULL AND cart.state = 0

-- name: list_inherited_carts
-- Adds to a contact the carts that inherited its address through a signed customer id. Behind inherit_address in the same batch.
-- Index: primary keys. Rows: 1 where a cart is new to the contact, else 0.
-- takes: site site_id, customer text (`customer:…`, a key of `identity`), cart cart_id (of the event)
UPDATE contact SET carts = (SELECT json_group_array(value) FROM (
  SELECT value FROM json_each(contact.carts)
  UNION SELECT c.id FROM identity i CROSS JOIN cart c ON c.site = i.site AND c.id = i.cart
    WHERE i.site = :site AND i.key = :customer AND c.signed = 1 AND c.mailbox_hash = contact.mailbox_hash))
WHERE site = :site AND mailbox_hash = (SELECT mailbox_hash FROM cart WHERE site = :site AND id = :cart) AND erased_at IS NULL
  AND EXISTS (SELECT 1 FROM identity i CROSS JOIN cart c ON c.site = i.site AND c.id = i.cart
    WHERE i.site = :site AND i.key = :customer AND c.signed = 1 AND c.mailbox_hash = contact.mailbox_hash
      AND NOT EXISTS (SELECT 1 FROM json_each(contact.carts) WHERE value = c.id))

-- name: supersede_cart
-- A cart rebuilt from a reminder takes the place of the one it came from, whose mails stop.
-- Index: primary key. Rows: 1 once, else 0.
-- takes: site site_id, rebuilt cart_id (the new cart), origin cart_id (the old cart)
UPDATE cart SET superseded_by = :rebuilt WHERE site = :site AND id = :origin AND id <> :rebuilt AND superseded_by IS NULL AND state IN (0, 1)

-- name: read_shed_cart
-- Whether a cart is somebody's, and when it changed last; asked only once the rows of the day are scarce.
-- Index: primary key. Reads: 1.
-- takes: site site_id, cart cart_id
-- gives: is_identified boolean, active_at time
SELECT mailbox_hash IS NOT NULL OR signed AS is_identified, active_at FROM cart WHERE site = :site AND id = :cart
