-- The shares of sites: who waits for a place, whose turn it is, and what is usual at a site.

-- name: find_waiting_sites
-- The sites at which first contacts wait for the site's share, with what is known of that share.
-- Index: primary keys, outbox_waits, one search a site. Reads: 2 a site, 2 more where somebody waits.
-- takes: quarter integer (of an hour since 1970), hour integer (since 1970)
-- gives: site site_id, mailed integer (first contacts of 24 h), usual integer, orders integer (told by the server, of 24 h),
--   last_operator text (whose turn was last)
SELECT s.id AS site,
  coalesce((SELECT sum(e.value ->> 1) FROM site_share h CROSS JOIN json_each(h.quarters) e
    WHERE h.site = s.id AND e.value ->> 0 > :quarter - 97), 0) AS mailed,
  coalesce((SELECT h.usual FROM site_share h WHERE h.site = s.id), 0) AS usual,
  coalesce((SELECT sum(e.value ->> 1) FROM server_orders t CROSS JOIN json_each(t.hours) e
    WHERE t.site = s.id AND e.value ->> 0 > :hour - 24), 0) AS orders,
  coalesce((SELECT h.last_operator FROM site_share h WHERE h.site = s.id), '') AS last_operator
FROM site s WHERE EXISTS (SELECT 1 FROM outbox o WHERE o.site = s.id AND o.waits_for = 1)

-- name: release_waiting
-- Gives those who wait for the site's share their turn: in turn by the operators of their networks, beginning behind the one whose
-- turn was last, then by network, then by time. The gate counts once more.
-- Index: outbox_waits, one search an operator. Rows: 2 a reminder. Reads: 3 an operator, 2 for each of its reminders that is looked at.
-- takes: site site_id, last text (the operator whose turn was last), now time, of_each integer (reminders of an operator that are
--   looked at), operators integer (whose turn it is), most integer
-- gives: operator text
WITH RECURSIVE behind(operator) AS (
  SELECT (SELECT min(operator) FROM outbox WHERE site = :site AND waits_for = 1 AND operator > :last)
  UNION ALL
  SELECT (SELECT min(o.operator) FROM outbox o WHERE o.site = :site AND o.waits_for = 1 AND o.operator > behind.operator)
  FROM behind WHERE behind.operator IS NOT NULL LIMIT :operators),
before(operator) AS (
  SELECT (SELECT min(operator) FROM outbox WHERE site = :site AND waits_for = 1)
  UNION ALL
  SELECT (SELECT min(o.operator) FROM outbox o WHERE o.site = :site AND o.waits_for = 1 AND o.operator > before.operator)
  FROM before WHERE before.operator IS NOT NULL LIMIT :operators),
turn AS MATERIALIZED (SELECT row_number() OVER (ORDER BY place, operator) AS turn, operator FROM (
  SELECT 0 AS place, operator FROM behind WHERE operator IS NOT NULL
  UNION ALL SELECT 1, operator FROM before WHERE operator <= :last) LIMIT :operators),
waiting AS MATERIALIZED (
  SELECT t.turn, t.operator, w.value ->> 0 AS cart, w.value ->> 1 AS cycle, w.value ->> 2 AS step, w.value ->> 3 AS network, w.key AS place
  FROM turn t CROSS JOIN json_each((SELECT json_group_array(json_array(cart, cycle, step, network)) FROM (
    SELECT cart, cycle, step, network FROM outbox WHERE site = :site AND waits_for = 1 AND operator = t.operator AND next > :now
    ORDER BY waits_since LIMIT :of_each))) w),
by_network AS (
  SELECT w.*, row_number() OVER (PARTITION BY turn, network ORDER BY place) AS of_network FROM waiting w),
by_operator AS (
  SELECT w.*, row_number() OVER (PARTITION BY turn ORDER BY of_network, place) AS of_operator FROM by_network w)
UPDATE outbox SET next = :now, released = 1, held_until = :now
WHERE (site, cart, cycle, step) IN (SELECT :site, cart, cycle, step FROM by_operator ORDER BY of_operator, turn LIMIT :most)
  AND waits_for = 1 AND state = 0
RETURNING coalesce(operator, '') AS operator

-- name: note_turn
-- Notes the operator whose turn was last.
-- Index: primary key. Rows: 1.
-- takes: site site_id, operator text
UPDATE site_share SET last_operator = :operator WHERE site = :site

-- name: find_outdated_shares
-- Sites whose usual day was worked out on another day than today, with the first contacts that were mailed on the days before.
-- Index: primary key, one search a site. Reads: 2 a site.
-- takes: today integer (day of UTC since 1970), most integer
-- gives: site site_id, quarters json (`[[quarter, mailed], …]`), days json (`[[day, mailed], …]`)
SELECT h.site, h.quarters, h.days FROM site s CROSS JOIN site_share h ON h.site = s.id WHERE h.usual_day <> :today LIMIT :most

-- name: write_usual
-- Writes the usual days of some sites.
-- Index: primary key. Rows: 1 a site and day.
-- takes: sites json (`[{site, days, usual}]`), today integer
UPDATE site_share SET days = j.value ->> 'days', usual = j.value ->> 'usual', usual_day = :today
FROM json_each(:sites) j WHERE site_share.site = j.value ->> 'site'

-- name: list_waiting
-- What waits for a share at a site, by the operator of the network and the domain of the address; the largest groups first.
-- Index: outbox_waits, primary key of contact. Reads: 2 a reminder that waits, at most 2 for each of `looked_at`.
-- takes: site site_id, waits_for integer, looked_at integer, most integer
-- gives: operator text, domain text, mails integer, oldest time
SELECT operator, domain, count(*) AS mails, min(waits_since) AS oldest FROM (
  SELECT coalesce(o.operator, '') AS operator, coalesce(substr(k.address, instr(k.address, '@') + 1), '') AS domain, o.waits_since
  FROM outbox o INDEXED BY outbox_waits LEFT JOIN contact k ON k.site = o.site AND k.mailbox_hash = o.mailbox_hash
  WHERE o.site = :site AND o.waits_for = :waits_for AND o.waits_for IS NOT NULL LIMIT :looked_at)
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT :most

-- name: decide_waiting
-- Staff releases or refuses what waits from one operator, to one domain, or both; without one, of all of them. An empty text is
-- the group that is not named. Who is released has a place from then on (trigger).
-- Index: outbox_waits, primary key of contact. Rows: 2 a reminder, 3 one that is released. Reads: 2 a reminder that waits.
-- takes: site site_id, operator text?, domain text?, released integer (2 released, 3 refused), now time, most integer
UPDATE outbox SET next = :now, released = :released, held_until = :now
WHERE (site, cart, cycle, step) IN (
  SELECT o.site, o.cart, o.cycle, o.step FROM outbox o INDEXED BY outbox_waits
  LEFT JOIN contact k ON k.site = o.site AND k.mailbox_hash = o.mailbox_hash
  WHERE o.site = :site AND o.waits_for IN (1, 2) AND (:operator IS NULL OR coalesce(o.operator, '') = :operator)
    AND (:domain IS NULL OR coalesce(substr(k.address, instr(k.address, '@') + 1), '') = :domain)
    AND o.released IS NOT :released
  LIMIT :most)
AND state = 0
