-- The challenge: whether a page asks whether a person is there, and what a solved one proves.

-- name: find_question
-- Whether an address that an event gave its cart would have to wait for a share, so that its page asks whether a person is there:
-- nothing proves it, and it has no place in its network's share, or somebody waits for the site's share already. Last in the
-- batch of the event; asked only where the deployment has a challenge. Who has used up the challenges of a visitor is not asked.
-- Index: primary keys, outbox_waits, outbox_mailbox. Reads: about 10, and at most `most` of each table for one visitor.
-- takes: site site_id, cart cart_id, mailbox_hash mailbox_hash, session text (the proof of the visitor), month_ago time (30 days),
--   known_since time (400 days ago), of_visitor integer (mailboxes), most integer (rows of a visitor that are read)
-- gives: cart cart_id
WITH
-- include: challenged
SELECT c.id AS cart FROM cart c LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
WHERE c.site = :site AND c.id = :cart AND c.mailbox_hash = :mailbox_hash AND c.session = :session AND c.state IN (0, 1) AND c.proof < 2
  AND k.refused_at IS NULL AND k.erased_at IS NULL AND coalesce(k.known_at, 0) <= :known_since
  AND NOT EXISTS (SELECT 1 FROM purchase p WHERE p.site = :site AND p.key = 'mailbox:' || :mailbox_hash AND p.told AND p.status = 'placed' AND p.at > :known_since)
  AND (coalesce(k.place_at, 0) <= :month_ago
    OR (EXISTS (SELECT 1 FROM outbox q WHERE q.site = :site AND q.waits_for = 1)
      AND NOT EXISTS (SELECT 1 FROM outbox x WHERE x.mailbox_hash = :mailbox_hash AND x.site = :site AND x.counted_at > :month_ago)))
  AND
  -- include: visitor_has_room

-- name: find_subject
-- The address of a cart that a solved challenge could prove, and what proves it already; no row where the challenge is not this
-- visitor's, or proves one address more than a visitor has.
-- Index: primary keys. Reads: 1, and at most `most` of each table for one visitor.
-- takes: site site_id, cart cart_id, session text (the proof of the visitor), of_visitor integer (mailboxes),
--   most integer (rows of a visitor that are read)
-- gives: mailbox_hash mailbox_hash, proof integer
WITH
-- include: challenged
SELECT c.mailbox_hash, c.proof FROM cart c
WHERE c.site = :site AND c.id = :cart AND c.session = :session AND c.mailbox_hash IS NOT NULL AND c.state IN (0, 1)
  AND (c.proof >= 2 OR
  -- include: visitor_has_room
  )

-- name: pass_challenge
-- A solved challenge proves the address that its cart has, unless something better proves it or the cart has another one by now.
-- Index: primary keys. Rows: 1, once. Reads: as find_subject.
-- takes: site site_id, cart cart_id, mailbox_hash mailbox_hash, session text (the proof of the visitor), of_visitor integer (mailboxes),
--   most integer (rows of a visitor that are read)
-- gives: cart cart_id
WITH
-- include: challenged
UPDATE cart AS c SET proof = 2
WHERE c.site = :site AND c.id = :cart AND c.session = :session AND c.mailbox_hash = :mailbox_hash AND c.state IN (0, 1) AND c.proof < 2
  AND
  -- include: visitor_has_room
RETURNING id AS cart

-- fragment: challenged
-- The mailboxes of one visitor, and which of them a challenge proves or has had mailed. Whoever has more rows than are read has
-- no room.
own AS MATERIALIZED (SELECT mailbox_hash, proof = 2 AS challenged FROM cart
  WHERE site = :site AND id >= substr(:cart, 1, 27) AND id < substr(:cart, 1, 26) || '/' LIMIT :most),
mailed AS MATERIALIZED (SELECT mailbox_hash, trust IS 2 AS challenged FROM outbox
  WHERE site = :site AND cart >= substr(:cart, 1, 27) AND cart < substr(:cart, 1, 26) || '/' LIMIT :most)

-- fragment: visitor_has_room
-- Whether a challenge may prove one address more of this visitor.
  ((SELECT count(*) FROM own) < :most AND (SELECT count(*) FROM mailed) < :most
    AND (SELECT count(DISTINCT v.mailbox_hash) FROM (SELECT * FROM own UNION ALL SELECT * FROM mailed) v
      WHERE v.challenged AND v.mailbox_hash <> c.mailbox_hash) < :of_visitor)
