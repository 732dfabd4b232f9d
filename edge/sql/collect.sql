-- Collecting: what one event of a page changes, in the order of its transaction.

-- name: fold_event
-- Folds an event into its cart: the usual case, a new cart or an active one that has a due time.
-- Index: primary key. Rows: new cart 2 (row, due), change 1, duplicate or older 0; +1 once for each new identity (trigger).
-- takes: site site_id, cart cart_id, version text (of the event, sortable), received time,
--   day integer (calendar day of `at` where the shop is), at time (when it happened),
--   due time (when a new cart is looked at first), has_content boolean, currency text, total integer, items integer, lines json,
--   token text?, locale text?, zone text?, country text?, checkout_stage text?, customer text?, mailbox_hash mailbox_hash?,
--   address_version text (place of that address among the cart's, sortable: `Event::address_version`),
--   consent json? (`{mail, at, wording, source}`), session text? (the proof of the visitor), session_minted time?,
--   via text? (the reminder it came by, `<cart>/<cycle>/<step>`),
--   entry json (of the history, `[at, kind, items, total]`),
--   network text? (hashed IP prefix of an address that nothing proves), operator text? (of that network),
--   proof integer (what proves the address of the event; a code of trust),
--   state cart_state (of a new cart: discarded where a program drove the browser; such an event changes no known cart),
--   is_signed boolean (whether the shop signed the customer's id together with this address; it replaces an unsigned one)
-- gives: mailbox_hash mailbox_hash?, proof integer
INSERT INTO cart (site, id, state, version, since, created, day, active_at, due, ahead, currency, total, items, lines, token, locale, zone,
  country, checkout_stage, customer, signed, mailbox_hash, mailbox_version, identified_at, consent, consent_version, session, session_minted, network, operator, proof,
  via, exclusion, history)
SELECT :site, :cart, :state, iif(:has_content, :version, ''), :received, :at, :day, :at, iif(:state, NULL, :due),
  :proof >= 3 OR EXISTS (SELECT 1 FROM (SELECT y.proof, y.session FROM cart y
    WHERE y.site = :site AND y.id >= substr(:cart, 1, 27) AND y.id < substr(:cart, 1, 26) || '/' LIMIT 20) own
    WHERE own.proof >= 3 AND own.session IS :session),
  :currency, :total, :items, :lines, :token, :locale, :zone,
  :country, :checkout_stage, :customer, :is_signed, :mailbox_hash, iif(:mailbox_hash IS NULL, '', :address_version), iif(:mailbox_hash IS NULL, NULL, :at), :consent, iif(:consent IS NULL, '', :version), :session, :session_minted, :network, :operator,
  -- include: proof_of_address
  , :via, iif(:state, 'program', NULL), json_array(json(:entry))
WHERE NOT EXISTS (SELECT 1 FROM purchase WHERE site = :site AND key = 'cart:' || :cart AND status = 'placed')
  AND
  -- include: visitor_is_proven
ON CONFLICT (site, id) DO UPDATE SET
  -- include: folded_columns
WHERE state = 0 AND due IS NOT NULL AND NOT :state AND (
  -- include: brings_news
)
RETURNING mailbox_hash, proof

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
) AND
  -- include: visitor_is_proven
RETURNING mailbox_hash, proof

-- name: refuse_closed
-- A refusal of mail at a cart that an order has closed: if that is not paid in the end, the cart is open again, and not mailed. Asked
-- only when fold_event and wake_cart changed nothing.
-- Index: primary key. Rows: 1 once, else 0. Reads: 1, and at most 20 of the visitor.
-- takes: site site_id, cart cart_id, version text (of the event), consent json (`{mail, at, wording, source}`),
--   session text? (the proof of the visitor)
UPDATE cart SET consent = :consent, consent_version = :version
WHERE site = :site AND id = :cart AND state = 2 AND :version > consent_version AND
  -- include: visitor_is_proven

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
  session = coalesce(session, :session),
  session_minted = coalesce(session_minted, :session_minted),
  proof = CASE
    WHEN :mailbox_hash IS NULL OR (:mailbox_hash IS NOT mailbox_hash AND :address_version <= mailbox_version) THEN proof
    ELSE max(iif(:mailbox_hash IS mailbox_hash, proof, 0),
      -- include: proof_of_address
    ) END,
  network = iif(:mailbox_hash IS NOT NULL AND :address_version > mailbox_version, :network, network),
  operator = iif(:mailbox_hash IS NOT NULL AND :address_version > mailbox_version, :operator, operator),
  via = coalesce(via, :via),
  history = json_insert(iif(json_array_length(history) < 64, history, json_remove(history, '$[1]')), '$[#]', json(:entry))

-- fragment: brings_news
-- Whether an event says anything that its cart does not know. A shop signs its customers anew on every page: the mailbox that it
-- signed for this cart already and the same consent are no news, nor is the mailbox that was typed already and is said again
-- on each page: unless it is typed for the first time (known by the signature alone before: Event::address_version), or is
-- better proven by now.
  (:has_content AND :version > version)
  OR (:mailbox_hash IS NOT NULL AND :address_version > mailbox_version
    AND (:mailbox_hash IS NOT mailbox_hash OR (mailbox_version < '0' AND :address_version >= '0')
      OR (session_minted IS NULL AND :session_minted IS NOT NULL)
      OR proof <
      -- include: proof_of_address
    ))
  OR (:consent IS NOT NULL AND :version > consent_version AND NOT (:is_signed AND :consent IS consent))
  OR (:customer IS NOT NULL AND customer IS NULL)
  OR (:is_signed AND NOT signed AND :mailbox_hash IS mailbox_hash)
  OR (:via IS NOT NULL AND via IS NULL)

-- fragment: proof_of_address
-- What proves the address of the event: the shop's signature; or that its visitor came back by a link which was mailed to it, or
-- bought under it by the word of the shop's server. The newest twenty carts of the visitor are asked.
  iif(:proof < 3 AND :mailbox_hash IS NOT NULL AND :session IS NOT NULL AND EXISTS (
    SELECT 1 FROM (SELECT y.session, y.via, y.via_at, y.order_confirmed, y.order_number FROM cart y
      WHERE y.site = :site AND y.id >= substr(:cart, 1, 27) AND y.id < substr(:cart, 1, 26) || '/' ORDER BY y.id DESC LIMIT 20) own
    WHERE own.session IS :session AND (
      (own.via_at IS NOT NULL AND EXISTS (SELECT 1 FROM outbox o WHERE o.site = :site AND o.cart = substr(own.via, 1, instr(own.via, '/') - 1)
        AND o.mailbox_hash = :mailbox_hash AND o.visited_at IS NOT NULL))
      OR (own.order_confirmed AND EXISTS (SELECT 1 FROM purchase p WHERE p.site = :site AND p.key = 'mailbox:' || :mailbox_hash
        AND p.number = own.order_number AND p.told)))), 3, :proof)

-- name: take_place
-- An address that nothing proves takes a place in the share of its network, so that hundreds of posts in one second see each
-- other. Behind fold_event and before keep_contact in the same batch. A mailbox holds its place for 30 days; an address that was
-- corrected before its mail left gives its place to the new one (the trigger `address_let_go` has taken it from the contact by then);
-- known shoppers need none, and an event that did not give its cart the address takes none. A place stays in the row of its day's
-- salt, so that a paid order finds it there.
-- Index: primary keys. Rows: 1 where a place is taken, else 0. Reads: about 10.
-- takes: site site_id, cart cart_id, visitor text, mailbox_hash mailbox_hash, session text? (the proof of the visitor),
--   network text (hashed with today's salt),
--   before text (hashed with yesterday's), now time, day_ago time, month_ago time (30 days), known_since time (400 days ago),
--   hour integer (since 1970), of_site integer, of_all integer, for_each_vouched integer, of_site_at_most integer,
--   for_each_order integer, at_most integer, of_visitor integer (limits)
WITH entry AS MATERIALIZED (
  SELECT e.value AS place, n.prefix_hash AS network, e.value ->> 1 AS site, e.value ->> 2 AS cart, e.value ->> 3 AS mailbox_hash
  FROM network n CROSS JOIN json_each(n.places) e
  WHERE n.prefix_hash IN (:network, :before) AND e.value ->> 0 > :day_ago
    AND NOT (e.value ->> 1 = :site AND e.value ->> 2 = :cart AND e.value ->> 3 <> :mailbox_hash
      AND NOT EXISTS (SELECT 1 FROM contact k WHERE k.site = :site AND k.mailbox_hash = e.value ->> 3 AND k.place_at IS NOT NULL))),
more AS MATERIALIZED (
  SELECT min(:at_most - :of_site, min(vouched.visitors * :for_each_vouched, :of_site_at_most - :of_site) + paid.orders * :for_each_order) AS places
  FROM (SELECT count(DISTINCT v.value ->> 2) AS visitors FROM network n CROSS JOIN json_each(n.vouched) v
    WHERE n.prefix_hash IN (:network, :before) AND v.value ->> 1 = :site AND v.value ->> 0 > :day_ago) vouched
  CROSS JOIN (SELECT coalesce(sum(t.value ->> 2), 0) AS orders FROM network n CROSS JOIN json_each(n.paid) t
    WHERE n.prefix_hash IN (:network, :before) AND t.value ->> 1 = :site AND t.value ->> 0 > :hour - 24) paid)
INSERT INTO network (prefix_hash, places)
SELECT :network, json_insert((SELECT json_group_array(json(place)) FROM entry WHERE network = :network), '$[#]',
  json_array(CAST(:now AS INTEGER), :site, :cart, :mailbox_hash))
FROM more
WHERE EXISTS (SELECT 1 FROM cart c WHERE c.site = :site AND c.id = :cart AND c.mailbox_hash = :mailbox_hash AND c.proof < 2
    AND c.state IN (0, 1) AND (c.session IS NULL OR c.session IS :session))
  AND NOT EXISTS (SELECT 1 FROM contact k WHERE k.site = :site AND k.mailbox_hash = :mailbox_hash
    AND (k.place_at > :month_ago OR k.known_at > :known_since))
  AND NOT EXISTS (SELECT 1 FROM purchase p WHERE p.site = :site AND p.key = 'mailbox:' || :mailbox_hash AND p.told AND p.at > :known_since)
  AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.site = :site AND e.mailbox_hash = :mailbox_hash)
  AND (SELECT count(*) FROM entry e WHERE e.site = :site) < :of_site + more.places
  AND (SELECT count(*) FROM entry) < :of_all + more.places
  AND (SELECT count(*) FROM entry e WHERE e.site = :site AND e.cart >= :visitor || '.' AND e.cart < :visitor || '/') < :of_visitor
ON CONFLICT (prefix_hash) DO UPDATE SET places = excluded.places

-- name: vouch
-- An address that is proven by a signature, or by the Worker's own word about its visitor, raises the share of a network where
-- strangers took places; without any of those nothing has to be raised. Behind fold_event.
-- Index: primary keys. Rows: 1 a mailbox and day, else 0. Reads: 2.
-- takes: site site_id, cart cart_id, mailbox_hash mailbox_hash, session text? (the proof of the visitor),
--   network text (hashed with today's salt), now time, day_ago time, most integer (vouchers that count at a site),
--   from integer (places that must be taken)
UPDATE network SET vouched = json_insert((SELECT json_group_array(json(v.value)) FROM json_each(network.vouched) v
    WHERE v.value ->> 0 > :day_ago), '$[#]', json_array(CAST(:now AS INTEGER), :site, :mailbox_hash))
WHERE prefix_hash = :network AND json_array_length(places) >= :from
  AND EXISTS (SELECT 1 FROM cart c WHERE c.site = :site AND c.id = :cart AND c.mailbox_hash = :mailbox_hash AND c.proof >= 3
    AND (c.session IS NULL OR c.session IS :session))
  AND NOT EXISTS (SELECT 1 FROM json_each(vouched) v WHERE v.value ->> 1 = :site AND v.value ->> 2 = :mailbox_hash AND v.value ->> 0 > :day_ago)
  AND (SELECT count(*) FROM json_each(vouched) v WHERE v.value ->> 1 = :site AND v.value ->> 0 > :day_ago) < :most

-- name: ask_gate_again
-- Reminders of a cart that wait for a share are judged again, because something proves the address now.
-- Index: primary key. Rows: 2 a reminder that waits, else 0.
-- takes: site site_id, cart cart_id, now time
UPDATE outbox SET next = :now, held_until = :now WHERE site = :site AND cart = :cart AND waits_for IS NOT NULL AND state = 0
  AND mailbox_hash = (SELECT c.mailbox_hash FROM cart c WHERE c.site = :site AND c.id = :cart AND c.proof >= 2)

-- name: put_ahead
-- A cart whose address the shop signed after its first event is planned before others from then on. A statement of its own,
-- since a column that an index has costs a row wherever an update names it.
-- Index: primary key. Rows: 2 once, else 0. Reads: 1.
-- takes: site site_id, cart cart_id
UPDATE cart SET ahead = 1 WHERE site = :site AND id = :cart AND NOT ahead AND proof >= 3 AND due IS NOT NULL

-- fragment: visitor_is_proven
-- Whether the event proves its visitor: it has the nonce that the visitor's carts have, or none of them has one. Of the carts
-- the first twenty are asked, so that the count of rows read is bounded.
  coalesce((SELECT session FROM (SELECT session FROM cart
    WHERE site = :site AND id >= substr(:cart, 1, 27) AND id < substr(:cart, 1, 26) || '/' LIMIT 20) WHERE session IS NOT NULL LIMIT 1), :session) IS :session

-- name: read_numbers
-- The newest number that a cart knows of content, address or consent, and the number that an event was given before; asked only for
-- an event that may be far ahead.
-- Index: primary key. Reads: 1.
-- takes: site site_id, cart cart_id, event text (its id)
-- gives: known integer, given integer?
SELECT max(CAST(substr(version, 1, 10) AS INTEGER), CAST(substr(mailbox_version, 1, 10) AS INTEGER), CAST(substr(consent_version, 1, 10) AS INTEGER)) AS known,
  CASE :event WHEN substr(version, 12) THEN CAST(substr(version, 1, 10) AS INTEGER)
    WHEN substr(mailbox_version, 12) THEN CAST(substr(mailbox_version, 1, 10) AS INTEGER)
    WHEN substr(consent_version, 12) THEN CAST(substr(consent_version, 1, 10) AS INTEGER) END AS given
FROM cart WHERE site = :site AND id = :cart

-- name: read_visitor_session
-- What proves a visitor, if one of its carts has it; of the carts the first twenty are asked.
-- Index: primary key (range of the visitor). Reads: 1, at most 20.
-- takes: site site_id, cart cart_id (of the visitor)
-- gives: session text?
SELECT session FROM (SELECT session FROM cart
  WHERE site = :site AND id >= substr(:cart, 1, 27) AND id < substr(:cart, 1, 26) || '/' LIMIT 20) WHERE session IS NOT NULL LIMIT 1

-- name: keep_contact
-- Keeps the address behind a cart and what its visitor said of mail; behind fold_event in the same batch.
-- Of the mailbox the first word stands: a newer one changes it only if it is of the same visitor, of the shop's server, or of a
-- visitor whose address the shop signed. A contact keeps 20 carts: the proven ones first, then the newest. Who was erased and
-- begins a new cart is a new person, who is mailed only after a fresh wish (triggers in edge/migrations end the suppression).
-- Index: primary keys of cart and contact. Rows: new 1, changed 1, unchanged 0. Reads: 3, and 20 where a cart has to go.
-- takes: site site_id, cart cart_id, mailbox_hash mailbox_hash? (of the event), address text? (of the event),
--   session text? (the proof of the visitor), now time, network text? (in whose share the address may have taken a place), month_ago time (30 days)
INSERT INTO contact (site, mailbox_hash, address, carts, basis, basis_at, basis_wording, basis_source, refused_at, said_by, place_at, place_cart, created)
SELECT :site, c.mailbox_hash, iif(c.mailbox_hash = :mailbox_hash, :address, NULL), json_array(:cart),
  nullif(k.said, 'denied'), iif(k.said IS NULL, NULL, c.consent ->> '$.at'), iif(k.said IS NULL, NULL, c.consent ->> '$.wording'),
  iif(k.said IS NULL, NULL, c.consent ->> '$.source'), iif(k.said = 'denied', c.consent ->> '$.at', NULL),
  iif(k.said IS NULL, NULL, iif(c.consent ->> '$.source' = 'shop', 'shop', substr(:cart, 1, instr(:cart, '.') - 1))),
  place.at, place.cart, :now
FROM cart c CROSS JOIN (
  -- What the shop said is of the address that it signed.
  SELECT iif(y.consent ->> '$.source' = 'shop' AND NOT y.signed, NULL, y.consent ->> '$.mail') AS said
  FROM cart y WHERE y.site = :site AND y.id = :cart) k
LEFT JOIN (SELECT max(e.value ->> 0) AS at, e.value ->> 2 AS cart, e.value ->> 3 AS mailbox_hash
  FROM network n CROSS JOIN json_each(n.places) e WHERE n.prefix_hash = :network AND e.value ->> 1 = :site GROUP BY 3) place
  ON place.mailbox_hash = c.mailbox_hash
WHERE c.site = :site AND c.id = :cart AND c.mailbox_hash IS NOT NULL AND c.state IN (0, 1) AND (c.session IS NULL OR c.session IS :session)
ON CONFLICT (site, mailbox_hash) DO UPDATE SET
  address = CASE WHEN
    -- include: spelling_counts
    THEN excluded.address ELSE contact.address END,
  carts = CASE
    WHEN EXISTS (SELECT 1 FROM json_each(contact.carts) WHERE value = :cart) THEN contact.carts
    WHEN json_array_length(contact.carts) < 20 THEN json_insert(contact.carts, '$[#]', :cart)
    ELSE (SELECT json_group_array(id) FROM (SELECT y.id FROM json_each(json_insert(contact.carts, '$[#]', :cart)) listed
      CROSS JOIN cart y ON y.site = :site AND y.id = listed.value
      ORDER BY y.mailbox_hash IS contact.mailbox_hash DESC, y.proof DESC, y.created DESC, y.id DESC LIMIT 20)) END,
  (basis, basis_at, basis_wording, basis_source, refused_at, said_by) = (SELECT
    iif(heard.counts, excluded.basis, contact.basis), iif(heard.counts, excluded.basis_at, contact.basis_at),
    iif(heard.counts, excluded.basis_wording, contact.basis_wording), iif(heard.counts, excluded.basis_source, contact.basis_source),
    iif(heard.counts, excluded.refused_at, contact.refused_at), iif(heard.counts, excluded.said_by, contact.said_by)
    FROM (SELECT
      -- include: counts
      AS counts) heard),
  place_at = iif(excluded.place_at > coalesce(contact.place_at, 0), excluded.place_at, contact.place_at),
  place_cart = iif(excluded.place_at > coalesce(contact.place_at, 0), excluded.place_cart, contact.place_cart),
  erased_at = iif(excluded.basis IN ('express', 'confirmed') AND excluded.basis_at > contact.erased_at, NULL, contact.erased_at),
  created = iif(contact.erased_at IS NULL, contact.created, excluded.created)
WHERE (contact.erased_at IS NULL OR contact.erased_at < (SELECT created FROM cart WHERE site = :site AND id = :cart)) AND (
  (excluded.place_at IS NOT NULL AND coalesce(contact.place_at, 0) <= :month_ago) OR

  -- include: spelling_counts
  OR NOT EXISTS (SELECT 1 FROM json_each(contact.carts) WHERE value = :cart)
  OR
  -- include: counts
  )

-- fragment: spelling_counts
-- Whether another spelling of the mailbox (case, dots, `+tag`) replaces the one that is mailed: only that of a proven visitor, or of
-- the one who said the first.
  (excluded.address IS NOT NULL AND excluded.address IS NOT contact.address AND (contact.address IS NULL
    OR substr(contact.place_cart, 1, 27) = substr(:cart, 1, 27)
    OR (SELECT proof FROM cart WHERE site = :site AND id = :cart) >= 3))

-- fragment: counts
-- Whether what a cart's visitor says of mail is newer than what stands of the mailbox (of two words of the same moment the
-- refusal), and may change it.
  ((excluded.basis_at, excluded.refused_at IS NOT NULL) > (coalesce(contact.basis_at, 0), contact.refused_at IS NOT NULL)
    AND (contact.said_by IS NULL OR excluded.said_by IN (contact.said_by, 'shop')
      OR ((excluded.refused_at IS NOT NULL OR contact.said_by <> 'shop')
        AND (SELECT signed FROM cart WHERE site = :site AND id = :cart))))

-- name: note_rebuilt
-- A cart rebuilt from a reminder takes the place of the one it came from, whose mails stop; only noted until the visit is
-- confirmed (link.sql, note_visit).
-- Index: primary keys. Rows: 1 once, else 0.
-- takes: site site_id, rebuilt cart_id (the new cart), via text (the reminder it came by), origin cart_id (the old cart),
--   cycle integer, step step_id
UPDATE cart SET rebuilt = :rebuilt, superseded_by = iif(
  -- include: visit_is_confirmed
  , :rebuilt, NULL)
WHERE site = :site AND id = :origin AND id <> :rebuilt AND superseded_by IS NULL AND state IN (0, 1)
  AND EXISTS (SELECT 1 FROM cart y WHERE y.site = :site AND y.id = :rebuilt AND y.via = :via)
  AND (rebuilt IS NOT :rebuilt OR
  -- include: visit_is_confirmed
  )

-- name: confirm_rebuilt
-- Notes that a cart came by a confirmed visit; behind note_rebuilt in the same batch.
-- Index: primary keys. Rows: 1 once, else 0.
-- takes: site site_id, rebuilt cart_id, via text (the reminder it came by), origin cart_id (the old cart), cycle integer,
--   step step_id, now time
UPDATE cart SET via_at = :now WHERE site = :site AND id = :rebuilt AND via = :via AND via_at IS NULL AND
  -- include: visit_is_confirmed

-- fragment: visit_is_confirmed
  EXISTS (SELECT 1 FROM outbox WHERE site = :site AND cart = :origin AND cycle = :cycle AND step = :step AND visited_at IS NOT NULL)
