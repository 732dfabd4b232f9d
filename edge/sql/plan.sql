-- Planning: reads the due carts, then writes metrics, reminders and the time at which each cart is due again.

-- name: find_due_carts
-- The due carts: one of each site in turn. Where more are due than a tick plans, the carts of proven visitors come first, then
-- those whose address is known or has a place, then others with an address, then the rest; those that have waited longest and
-- those that became due last are looked at, so that a flood of strangers' carts keeps neither end waiting.
-- Index: cart_due, three searches a site. Reads: 5 a cart that is considered, 4 a cart that is taken.
-- The bot checks run only for candidate carts: lifetime under 1 s, twelfth or later cart of a browser. They read at most 12 carts
-- of a browser. No check asks what other visitors wrote: their posts exclude nobody else's cart.
-- takes: now time, sites json (`[site, …]`, beginning with the site whose turn it is), of_ahead integer (most carts of
--   proven visitors a site), of_each integer (most others from either end),
--   most integer (most carts in all), month_ago time (30 days), known_since time (400 days ago)
-- gives: site site_id, id cart_id, version text, active_at time, due time, state cart_state, items integer, mailbox_hash mailbox_hash?,
--   created time, planned json, cycle integer, via text?,
--   basis text?, refused_at time?, address text?, conduct text? (an exclusion the events show by themselves)
SELECT c.site, c.id, c.version, c.active_at, c.due, c.state, c.items, c.mailbox_hash, c.created, c.planned, c.cycle, c.via,
  coalesce(nullif(iif(c.consent ->> '$.source' = 'shop' AND NOT c.signed, NULL, c.consent ->> '$.mail'), 'denied'),
    iif(c.signed OR i.value ->> 4 = substr(c.id, 1, instr(c.id, '.') - 1), i.value ->> 3, NULL)) AS basis,
  iif(c.consent ->> '$.mail' = 'denied', c.consent ->> '$.at', i.value ->> 2) AS refused_at, i.value ->> 1 AS address,
  CASE
    WHEN c.mailbox_hash IS NOT NULL AND c.active_at - c.created < 1000
      AND (SELECT count(DISTINCT h.value ->> 2) FROM json_each(c.history) h) > 3 THEN 'pace'
    WHEN CAST(substr(c.id, instr(c.id, '.') + 1) AS INTEGER) >= 12
      AND (SELECT count(*) FROM (SELECT 1 FROM cart y WHERE y.site = c.site AND y.id >= substr(c.id, 1, instr(c.id, '.'))
        AND y.id < substr(c.id, 1, instr(c.id, '.') - 1) || '/' AND y.created > c.created - 86400000 LIMIT 12)) >= 12 THEN 'repetition'
  END AS conduct
FROM json_each(:sites) j CROSS JOIN json_each((
  SELECT json_group_array(json_array(id, address, refused_at, basis, said_by)) FROM (SELECT c.id, k.address, k.refused_at, k.basis, k.said_by FROM (
      SELECT id FROM (SELECT id FROM cart WHERE site = j.value AND ahead = 1 AND due <= :now ORDER BY due LIMIT :of_ahead)
      UNION ALL SELECT id FROM (SELECT id FROM cart WHERE site = j.value AND ahead = 0 AND due <= :now ORDER BY due, id LIMIT :of_each)
      -- Those behind the ones that have waited longest, so that no cart comes twice; none where those are all.
      UNION ALL SELECT id FROM (SELECT n.id
        FROM (SELECT due, id FROM cart WHERE site = j.value AND ahead = 0 AND due <= :now ORDER BY due, id LIMIT 1 OFFSET :of_each - 1) last
        CROSS JOIN cart n WHERE n.site = j.value AND n.ahead = 0 AND n.due <= :now AND (n.due, n.id) > (last.due, last.id)
        ORDER BY n.due DESC, n.id DESC LIMIT :of_each)) d
    CROSS JOIN cart c ON c.site = j.value AND c.id = d.id
    LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
    ORDER BY CASE
      WHEN c.ahead OR c.proof >= 3 THEN 0
      WHEN c.mailbox_hash IS NULL THEN 3
      WHEN c.proof = 2 OR k.place_at > :month_ago OR k.known_at > :known_since OR EXISTS (SELECT 1 FROM purchase p
        WHERE p.site = c.site AND p.key = 'mailbox:' || c.mailbox_hash AND p.told AND p.at > :known_since) THEN 1
      ELSE 2 END, c.due LIMIT :most))) i
CROSS JOIN cart c ON c.site = j.value AND c.id = i.value ->> 0
ORDER BY i.key, j.key LIMIT :most

-- name: count_metrics
-- Counts carts in the metrics they enter now; first in the batch, so that it sees the carts as the planner read them.
-- Index: primary keys. Rows: one a site, day and metric.
-- takes: carts json (`[{site, cart, version, active, due, bits}]`), metrics json (`[[bit, name], …]`)
INSERT INTO metric (site, day, name, currency, value)
SELECT g.site, g.day, f.value ->> 1, '', sum(g.carts)
FROM (SELECT c.site, c.day, (j.value ->> 'bits') & ~c.counted AS bits, count(*) AS carts
  FROM json_each(:carts) j
  CROSS JOIN cart c ON c.site = j.value ->> 'site' AND c.id = j.value ->> 'cart'
  WHERE c.version = j.value ->> 'version' AND c.active_at = j.value ->> 'active' AND c.due = j.value ->> 'due'
  GROUP BY 1, 2, 3) g
CROSS JOIN json_each(:metrics) f ON g.bits & (f.value ->> 0)
GROUP BY 1, 2, 3
ON CONFLICT (site, day, name, currency) DO UPDATE SET value = value + excluded.value

-- name: plan_reminders
-- Plans reminders: one row for each (cart, cycle, step), however often it runs. The reminder is due already, so `next` can
-- hold the order inside the site: by the time it was meant to leave, first steps 1,000 days (86,400,000,000 ms) ahead, those of
-- known and verified shoppers 2,000 days. A first contact that has no place, or that others wait in front of, waits from here on
-- and uses up nothing of a tick.
-- Index: primary keys, outbox_waits, outbox_mailbox. Rows: 2 a reminder (row, next), 3 one that waits; 0 if it exists already.
-- takes: carts json (`[{site, is_live, cart, version, active, due, cycle, step, position, mailbox_hash, scheduled}]`), now time,
--   month_ago time (30 days), known_since time (400 days ago), held integer (most time of a wait, in milliseconds)
WITH planned AS MATERIALIZED (
  SELECT c.site, c.id AS cart, j.value ->> 'cycle' AS cycle, j.value ->> 'step' AS step, j.value ->> 'position' AS position, c.mailbox_hash,
    c.proof, c.network, coalesce(c.operator, '') AS operator, j.value ->> 'scheduled' AS scheduled, j.value ->> 'is_live' AS is_live,
    coalesce(k.place_at > :month_ago, 0) AS has_place,
    c.proof >= 3 OR coalesce(k.known_at > :known_since, 0) OR EXISTS (SELECT 1 FROM purchase p
      WHERE p.site = c.site AND p.key = 'mailbox:' || c.mailbox_hash AND p.told AND p.status = 'placed' AND p.at > :known_since) AS is_known,
    -- A step of what the gate has granted, or has ended.
    EXISTS (SELECT 1 FROM outbox x WHERE x.site = c.site AND x.cart = c.id AND x.cycle = j.value ->> 'cycle' AND x.mailbox_hash = c.mailbox_hash
      AND (x.trust IS NOT NULL OR x.reason IN ('flood', 'turned_down'))) AS is_judged
  FROM json_each(:carts) j
  JOIN cart c ON c.site = j.value ->> 'site' AND c.id = j.value ->> 'cart'
  LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
  WHERE c.mailbox_hash = j.value ->> 'mailbox_hash'
    AND c.version = j.value ->> 'version' AND c.active_at = j.value ->> 'active' AND c.due = j.value ->> 'due'),
decided AS (
  SELECT w.*, CASE
    WHEN is_known OR proof = 2 OR NOT is_live OR is_judged THEN NULL
    WHEN NOT has_place THEN 2
    WHEN EXISTS (SELECT 1 FROM outbox q WHERE q.site = w.site AND q.waits_for = 1) AND NOT EXISTS (SELECT 1 FROM outbox x
      WHERE x.mailbox_hash = w.mailbox_hash AND x.site = w.site AND x.counted_at > :month_ago) THEN 1 END AS waits_for
  FROM planned w)
INSERT INTO outbox (site, cart, cycle, step, position, mailbox_hash, proof, network, operator, scheduled, planned_at, next,
  waits_for, waits_since, held_until, hold, reason, reason_at)
SELECT site, cart, cycle, step, position, mailbox_hash, proof, network, operator, scheduled, :now,
  iif(waits_for IS NULL, min(scheduled, :now) - 86400000000 * ((position = 0) + 2 * is_known), :now + :held),
  waits_for, iif(waits_for IS NULL, NULL, :now), iif(waits_for IS NULL, NULL, :now), iif(waits_for IS NULL, NULL, :now + :held),
  CASE waits_for WHEN 1 THEN 'site_share' WHEN 2 THEN 'network_share' END, iif(waits_for IS NULL, NULL, :now)
FROM decided WHERE true
ON CONFLICT (site, cart, cycle, step) DO NOTHING

-- name: abandon_carts
-- Abandons carts, or excludes them.
-- Index: primary key. Rows: 3 a cart (row, due, list), 2 when nothing more is due; +1 for an excluded one that was abandoned before.
-- takes: carts json (`[{site, cart, version, active, due, next, step, bits, exclusion}]`), now time
UPDATE cart SET state = iif(j.exclusion IS NULL, 1, 4), since = :now, exclusion = j.exclusion,
  abandoned_at = iif(j.exclusion IS NULL, coalesce(abandoned_at, :now), abandoned_at),
  history = json_insert(iif(json_array_length(history) < 64, history, json_remove(history, '$[1]')), '$[#]',
    json_array(CAST(:now AS INTEGER), iif(j.exclusion IS NULL, 'abandoned', 'excluded'), items, total)),
  -- include: planned_columns
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'version' AS version, value ->> 'active' AS active,
    value ->> 'due' AS due, value ->> 'next' AS next, value ->> 'step' AS step, value ->> 'bits' AS bits,
    value ->> 'exclusion' AS exclusion
  FROM json_each(:carts)) j
WHERE cart.site = j.site AND cart.id = j.cart AND (cart.state = 0 OR j.exclusion IS NOT NULL)
  -- include: as_it_was_read

-- name: postpone_carts
-- Postpones carts: writes when they are due again and the step that is planned now, if any.
-- Index: primary key. Rows: 2 a cart, 1 when at rest.
-- takes: carts json (as for abandon_carts)
UPDATE cart SET
  -- include: planned_columns
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'version' AS version, value ->> 'active' AS active,
    value ->> 'due' AS due, value ->> 'next' AS next, value ->> 'step' AS step, value ->> 'bits' AS bits
  FROM json_each(:carts)) j
WHERE cart.site = j.site AND cart.id = j.cart
  -- include: as_it_was_read

-- fragment: planned_columns
-- When the cart is due again. The network goes with the reminder.
  due = j.next, counted = counted | j.bits,
  network = iif(j.step IS NULL, network, NULL),
  planned = iif(j.step IS NULL, planned, json_insert(planned, '$[#]', j.step))

-- fragment: as_it_was_read
-- Only a cart that has not changed since the planner read it.
  AND cart.version = j.version AND cart.active_at = j.active AND cart.due = j.due
