-- Signing in to the dashboard: the attempts that are counted, and the sessions.

-- name: take_attempt
-- Counts an attempt before its secret is compared, so that a thousand at once see each other. Gives no row, and writes
-- none, where the attempts of its place are used up.
-- Index: primary key. Rows: 1, or 0. Reads: 2.
-- takes: secret text (the fingerprint of the admin secret), place text, now time, until time (when a count that begins now ends),
--   most integer (attempts of a place), most_in_flood integer (the same while wrong secrets come from everywhere), flood integer (wrong secrets that make it a flood)
-- gives: attempts integer
INSERT INTO sign_in_attempt (secret, place, attempts, until) VALUES (:secret, :place, 1, :until)
ON CONFLICT (secret, place) DO UPDATE
SET attempts = iif(until > :now, attempts, 0) + 1, until = iif(until > :now, until, :until)
WHERE until <= :now OR attempts < iif(
  EXISTS (SELECT 1 FROM sign_in_attempt e WHERE e.secret = :secret AND e.place = 'everywhere' AND e.until > :now AND e.attempts >= :flood),
  :most_in_flood, :most)
RETURNING attempts

-- name: read_attempts
-- Reads when the count of a place ends.
-- Index: primary key. Reads: 1.
-- takes: secret text, place text
-- gives: until time
SELECT until FROM sign_in_attempt WHERE secret = :secret AND place = :place

-- name: forget_place
-- Deletes the count of a place that the right secret came from.
-- Index: primary key. Rows: 1.
-- takes: secret text, place text
DELETE FROM sign_in_attempt WHERE secret = :secret AND place = :place

-- name: count_wrong_secret
-- Counts a wrong secret of a browser that never signed in, over all networks, up to the number that makes it a flood.
-- Index: primary key. Rows: 1, or 0 in a flood.
-- takes: secret text, now time, until time, flood integer
INSERT INTO sign_in_attempt (secret, place, attempts, until) VALUES (:secret, 'everywhere', 1, :until)
ON CONFLICT (secret, place) DO UPDATE
SET attempts = iif(until > :now, attempts, 0) + 1, until = iif(until > :now, until, :until)
WHERE until <= :now OR attempts < :flood

-- name: forget_secrets
-- Deletes what was counted under an admin secret that is no longer set.
-- Index: primary key. Rows: 1 a place.
-- takes: secret text
DELETE FROM sign_in_attempt WHERE secret < :secret OR secret > :secret

-- name: begin_session
-- Stores a session of the dashboard.
-- Index: primary key. Rows: 1.
-- takes: expires time, hash text
INSERT INTO dashboard_session (expires, hash) VALUES (:expires, :hash)

-- name: find_session
-- Tells whether a session goes on.
-- Index: primary key. Reads: 1.
-- takes: expires time, hash text
-- gives: found boolean
SELECT 1 AS found FROM dashboard_session WHERE expires = :expires AND hash = :hash

-- name: end_session
-- Ends a session.
-- Index: primary key. Rows: 1.
-- takes: expires time, hash text
DELETE FROM dashboard_session WHERE expires = :expires AND hash = :hash

-- name: end_sessions
-- Ends all sessions, or those that are over.
-- Index: primary key. Rows: 1 a session.
-- takes: before time
DELETE FROM dashboard_session WHERE expires < :before
