-- A refusal in the browser: nothing of this visitor is kept, and no mail is sent.

-- name: refuse_contacts
-- The people behind this visitor's carts are not mailed, unless another visitor's word stands of them; of an address that the
-- shop signed the visitor may say so all the same.
-- Index: primary keys. Rows: one for each contact of the visitor. Reads: at most 150 carts, whatever the visitor made.
-- takes: site site_id, first text (the first cart id a visitor can have), behind text (the first id behind the visitor's), now time
UPDATE contact SET refused_at = :now, basis = NULL, basis_at = max(coalesce(basis_at, 0), :now), said_by = substr(:first, 1, instr(:first, '.') - 1)
FROM (SELECT mailbox_hash, max(signed) AS is_signed FROM (SELECT mailbox_hash, signed, state FROM cart
    WHERE site = :site AND id >= :first AND id < :behind LIMIT 150)
  WHERE mailbox_hash IS NOT NULL AND state IN (0, 1) GROUP BY mailbox_hash) own
WHERE site = :site AND refused_at IS NULL AND contact.mailbox_hash = own.mailbox_hash
  AND (said_by IS NULL OR said_by = substr(:first, 1, instr(:first, '.') - 1) OR own.is_signed)

-- name: wipe_carts
-- Wipes what was kept: the visitor's open carts become tombstones that drop late events.
-- Index: primary key (range of the visitor). Rows: 2 a cart. Reads: at most 150 carts, far more than a person makes in a year.
-- takes: site site_id, first text (the first cart id a visitor can have), behind text (the first id behind the visitor's), now time
UPDATE cart SET state = 4, since = :now, due = NULL, lines = '[]', items = 0, total = 0, token = NULL, customer = NULL, signed = 0,
  mailbox_hash = NULL, locale = NULL, zone = NULL, country = NULL, checkout_stage = NULL, consent = NULL, network = NULL, operator = NULL, proof = 0,
  history = json_array(json_array(CAST(:now AS INTEGER), 'refused', 0, 0))
WHERE (site, id) IN (SELECT site, id FROM cart WHERE site = :site AND id >= :first AND id < :behind LIMIT 150) AND state IN (0, 1)

-- name: leave_tombstone
-- The cart named in a refusal, in case none of its events has arrived yet.
-- Index: primary key. Rows: 2 when new, else 0.
-- takes: site site_id, cart cart_id, now time, day integer (calendar day of `now` where the shop is),
--   session text? (the proof of the visitor)
INSERT INTO cart (site, id, version, state, since, created, day, active_at, session, history)
VALUES (:site, :cart, '', 4, :now, :now, :day, :now, :session, json_array(json_array(CAST(:now AS INTEGER), 'refused', 0, 0)))
ON CONFLICT (site, id) DO NOTHING
