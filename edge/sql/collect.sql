-- Collecting: what one event of a page changes, in the order of its transaction.

-- name: fold_event
-- Folds an event into its cart: the usual case, a new cart or an active one that has a due time.
-- Index: primary key. Rows: new cart 2 (row, due), change 1, duplicate or older 0; +1 once for each new identity (trigger).
-- takes: site site_id, cart cart_id, version text (of the event, sortable), received time,
--   day integer (calendar day of `at` where the shop is), at time (when it happened),
--   due time (when a new cart is looked at first), has_content boolean, currency text, total integer, items integer, lines json,
--   token text?, locale text?, zone text?, country text?, checkout_stage text?, customer text?, mailbox_hash mailbox_hash?,
--   address_version text (place of that address among the cart's, sortable: `Event::address_version`),
--   consent json? (`{mail, at, wording, source}`), session_minted time?, via text? (the reminder it came by, `<cart>/<cycle>/<step>`),
--   entry json (of the history, `[at, kind, items, total]`),
--   ip_prefix_hash text? (hashed IP prefix of an address that nobody vouches for),
--   state cart_state (of a new cart: discarded where a program drove the browser; such an event changes no known cart),
--   is_signed boolean (whether the shop signed the customer's id together with this address; it replaces an unsigned one)
-- gives: mailbox_hash mailbox_hash?, via text?
INSERT INTO cart (site, id, state, version, since, created, day, active_at, due, currency, total, items, lines, token, locale, zone,
  country, checkout_stage, customer, signed, mailbox_hash, mailbox_version, identified_at, consent, consent_version, session_minted, session_last, ip_prefix_hash, ip_prefix_at,
  via, via_at, exclusion, history)
SELECT :site, :cart, :state, iif(:has_content, :version, ''), :received, :at, :day, :at, iif(:state, NULL, :due), :currency, :total, :items, :lines, :token, :locale, :zone,
  :country, :checkout_stage, :customer, :is_signed, :mailbox_hash, iif(:mailbox_hash IS NULL, '', :address_version), iif(:mailbox_hash IS NULL, NULL, :at), :consent, iif(:consent IS NULL, '', :version), :session_minted, :received, :ip_prefix_hash, :received,
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
  signed = (:is_signed AND (:address_version > mailbox_version OR :mailbox_hash IS mailbox_hash))
    OR (signed AND (:mailbox_hash IS NULL OR :address_version <= mailbox_version OR :mailbox_hash IS mailbox_hash)),
  mailbox_hash = iif(:mailbox_hash IS NOT NULL AND :address_version > mailbox_version, :mailbox_hash, mailbox_hash),
  mailbox_version = iif(:mailbox_hash IS NOT NULL AND :address_version > mailbox_version, :address_version, mailbox_version),
  identified_at = coalesce(identified_at, iif(:mailbox_hash IS NULL, NULL, :at)),
  consent = iif(:consent IS NOT NULL AND :version > consent_version, :consent, consent),
  consent_version = iif(:consent IS NOT NULL AND :version > consent_version, :version, consent_version),
  session_minted = coalesce(session_minted, :session_minted),
  session_last = max(session_last, :received),
  ip_prefix_hash = iif(:mailbox_hash IS NOT NULL AND :address_version > mailbox_version, :ip_prefix_hash, ip_prefix_hash),
  ip_prefix_at = iif(:mailbox_hash IS NOT NULL AND :address_version > mailbox_version, :received, ip_prefix_at),
  via = coalesce(via, :via),
  via_at = coalesce(via_at, iif(:via IS NULL, NULL, :received)),
  history = json_insert(iif(json_array_length(history) < 64, history, json_remove(history, '$[1]')), '$[#]', json(:entry))

-- fragment: brings_news
-- Whether an event says anything that its cart does not know.
  (:has_content AND :version > version)
  OR (:mailbox_hash IS NOT NULL AND :address_version > mailbox_version)
  OR (:consent IS NOT NULL AND :version > consent_version)
  OR (:customer IS NOT NULL AND customer IS NULL)
  OR (:is_signed AND NOT signed AND :mailbox_hash IS mailbox_hash)
  OR (:via IS NOT NULL AND via IS NULL)

-- name: keep_contact
-- Keeps the address behind a cart and what its visitor said of mail; behind fold_event in the same batch.
-- Of the mailbox the first word stands: a newer one changes it only if it is of the same visitor, of the shop's server, or of a
-- visitor whose address the shop signed. A contact keeps 20 carts: the proven ones first, then the newest.
-- Index: primary keys of cart and contact. Rows: new 1, changed 1, unchanged 0. Reads: 3, and 20 where a cart has to go.
-- takes: site site_id, cart cart_id, mailbox_hash mailbox_hash? (of the event), address text? (of the event), now time
INSERT INTO contact (site, mailbox_hash, address, carts, basis, basis_at, basis_wording, basis_source, refused_at, said_by, created)
SELECT :site, c.mailbox_hash, iif(c.mailbox_hash = :mailbox_hash, :address, NULL), json_array(:cart),
  nullif(k.said, 'denied'), iif(k.said IS NULL, NULL, c.consent ->> '$.at'), iif(k.said IS NULL, NULL, c.consent ->> '$.wording'),
  iif(k.said IS NULL, NULL, c.consent ->> '$.source'), iif(k.said = 'denied', c.consent ->> '$.at', NULL),
  iif(k.said IS NULL, NULL, iif(c.consent ->> '$.source' = 'shop', 'shop', substr(:cart, 1, instr(:cart, '.') - 1))), :now
FROM cart c CROSS JOIN (
  -- What the shop said is of the address that it signed.
  SELECT iif(y.consent ->> '$.source' = 'shop' AND NOT y.signed, NULL, y.consent ->> '$.mail') AS said
  FROM cart y WHERE y.site = :site AND y.id = :cart) k
WHERE c.site = :site AND c.id = :cart AND c.mailbox_hash IS NOT NULL AND c.state IN (0, 1)
ON CONFLICT (site, mailbox_hash) DO UPDATE SET
  address = coalesce(excluded.address, address),
  carts = CASE
    WHEN EXISTS (SELECT 1 FROM json_each(contact.carts) WHERE value = :cart) THEN contact.carts
    WHEN json_array_length(contact.carts) < 20 THEN json_insert(contact.carts, '$[#]', :cart)
    ELSE (SELECT json_group_array(id) FROM (SELECT y.id FROM json_each(json_insert(contact.carts, '$[#]', :cart)) n
      CROSS JOIN cart y ON y.site = :site AND y.id = n.value ORDER BY y.proof DESC, y.created DESC, y.id DESC LIMIT 20)) END,
  (basis, basis_at, basis_wording, basis_source, refused_at, said_by) = (SELECT
    iif(heard.counts, excluded.basis, contact.basis), iif(heard.counts, excluded.basis_at, contact.basis_at),
    iif(heard.counts, excluded.basis_wording, contact.basis_wording), iif(heard.counts, excluded.basis_source, contact.basis_source),
    iif(heard.counts, excluded.refused_at, contact.refused_at), iif(heard.counts, excluded.said_by, contact.said_by)
    FROM (SELECT
      -- include: counts
      AS counts) heard)
WHERE contact.erased_at IS NULL AND (
  (excluded.address IS NOT NULL AND excluded.address IS NOT contact.address)
  OR NOT EXISTS (SELECT 1 FROM json_each(contact.carts) WHERE value = :cart)
  OR
  -- include: counts
  )

-- fragment: counts
-- Whether what a cart's visitor says of mail is newer than what stands of the mailbox (of two words of the same moment the
-- refusal), and may change it.
  ((excluded.basis_at, excluded.refused_at IS NOT NULL) > (coalesce(contact.basis_at, 0), contact.refused_at IS NOT NULL)
    AND (contact.said_by IS NULL OR excluded.said_by IN (contact.said_by, 'shop')
      OR ((excluded.refused_at IS NOT NULL OR contact.said_by <> 'shop')
        AND (SELECT signed FROM cart WHERE site = :site AND id = :cart))))

-- name: supersede_cart
-- A cart rebuilt from a reminder takes the place of the one it came from, whose mails stop.
-- Index: primary key. Rows: 1 once, else 0.
-- takes: site site_id, rebuilt cart_id (the new cart), origin cart_id (the old cart)
UPDATE cart SET superseded_by = :rebuilt WHERE site = :site AND id = :origin AND id <> :rebuilt AND superseded_by IS NULL AND state IN (0, 1)
