-- Planning: reads the due carts, then writes metrics, reminders and the time at which each cart is due again.

-- name: find_due_carts
-- The due carts: one of each site in turn; inside a site the longest waiting first.
-- Index: cart_due, one search a site. Reads: 2 a cart that is considered, about 3 a cart that is taken.
-- The bot checks run only for candidate carts: lifetime under 1 s, twelfth or later cart of a browser. They read at most 12 carts
-- of a browser. No check asks what other visitors wrote: their posts exclude nobody else's cart.
-- takes: now time, sites json (`[site, …]`, beginning with the site whose turn it is), of_each integer (most carts of a site),
--   most integer (most carts in all)
-- gives: site site_id, id cart_id, version text, active_at time, due time, state cart_state, items integer, mailbox_hash mailbox_hash?,
--   created time, planned json, cycle integer, via text?,
--   basis text?, refused_at time?, address text?, conduct text? (an exclusion the events show by themselves)
SELECT c.site, c.id, c.version, c.active_at, c.due, c.state, c.items, c.mailbox_hash, c.created, c.planned, c.cycle, c.via,
  coalesce(nullif(iif(c.consent ->> '$.source' = 'shop' AND NOT c.signed, NULL, c.consent ->> '$.mail'), 'denied'),
    iif(c.signed OR k.said_by = substr(c.id, 1, instr(c.id, '.') - 1), k.basis, NULL)) AS basis,
  iif(c.consent ->> '$.mail' = 'denied', c.consent ->> '$.at', k.refused_at) AS refused_at, k.address,
  CASE
    WHEN c.mailbox_hash IS NOT NULL AND c.active_at - c.created < 1000
      AND (SELECT count(DISTINCT h.value ->> 2) FROM json_each(c.history) h) > 3 THEN 'pace'
    WHEN CAST(substr(c.id, instr(c.id, '.') + 1) AS INTEGER) >= 12
      AND (SELECT count(*) FROM (SELECT 1 FROM cart y WHERE y.site = c.site AND y.id >= substr(c.id, 1, instr(c.id, '.'))
        AND y.id < substr(c.id, 1, instr(c.id, '.') - 1) || '/' AND y.created > c.created - 86400000 LIMIT 12)) >= 12 THEN 'repetition'
  END AS conduct
FROM (SELECT j.value AS site, i.value AS id FROM json_each(:sites) j CROSS JOIN json_each((SELECT json_group_array(id) FROM (
    SELECT id FROM cart WHERE site = j.value AND due <= :now ORDER BY due LIMIT :of_each))) i
  ORDER BY i.key, j.key LIMIT :most) p
CROSS JOIN cart c ON c.site = p.site AND c.id = p.id
LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash

-- name: count_metrics
-- Counts carts in the metrics they enter now; first in the batch, so that it sees the carts as the planner read them.
-- Index: primary keys. Rows: one a site, day and metric.
-- takes: carts json (`[{site, cart, version, active, due, bits}]`), metrics json (`[[bit, name], …]`)
INSERT INTO metric (site, day, name, currency, value)
SELECT c.site, c.day, f.value ->> 1, '', count(*)
FROM json_each(:carts) j
JOIN cart c ON c.site = j.value ->> 'site' AND c.id = j.value ->> 'cart'
JOIN json_each(:metrics) f ON (j.value ->> 'bits') & (f.value ->> 0) AND NOT c.counted & (f.value ->> 0)
WHERE c.version = j.value ->> 'version' AND c.active_at = j.value ->> 'active' AND c.due = j.value ->> 'due'
GROUP BY 1, 2, 3
ON CONFLICT (site, day, name, currency) DO UPDATE SET value = value + excluded.value

-- name: plan_reminders
-- Plans reminders: one row for each (cart, cycle, step), however often it runs. The reminder is due already, so `next` can
-- hold the order inside the site: by the time it was meant to leave, first steps 1,000 days (86,400,000,000 ms) ahead.
-- Index: primary keys. Rows: 2 a reminder (row, next); 0 if it exists already.
-- takes: carts json (`[{site, cart, version, active, due, cycle, step, position, mailbox_hash, scheduled}]`), now time
INSERT INTO outbox (site, cart, cycle, step, position, mailbox_hash, proof, network, operator, scheduled, planned_at, next)
SELECT c.site, c.id, j.value ->> 'cycle', j.value ->> 'step', j.value ->> 'position', c.mailbox_hash, c.proof, c.network, c.operator,
  j.value ->> 'scheduled', :now,
  min(j.value ->> 'scheduled', :now) - iif(j.value ->> 'position' = 0, 86400000000, 0)
FROM json_each(:carts) j
JOIN cart c ON c.site = j.value ->> 'site' AND c.id = j.value ->> 'cart'
WHERE j.value ->> 'step' IS NOT NULL AND c.mailbox_hash = j.value ->> 'mailbox_hash'
  AND c.version = j.value ->> 'version' AND c.active_at = j.value ->> 'active' AND c.due = j.value ->> 'due'
ON CONFLICT (site, cart, cycle, step) DO NOTHING

-- name: abandon_carts
-- Abandons carts, or excludes them.
-- Index: primary key. Rows: 3 a cart (row, due, list), 2 when nothing more is due; +1 for an excluded one that was abandoned before.
-- takes: carts json (`[{site, cart, version, active, due, next, step, bits, abandon, exclusion}]`), now time
UPDATE cart SET state = iif(j.exclusion IS NULL, 1, 4), since = :now, exclusion = j.exclusion,
  abandoned_at = iif(j.exclusion IS NULL, coalesce(abandoned_at, :now), abandoned_at),
  history = json_insert(iif(json_array_length(history) < 64, history, json_remove(history, '$[1]')), '$[#]',
    json_array(CAST(:now AS INTEGER), iif(j.exclusion IS NULL, 'abandoned', 'excluded'), items, total)),
  -- include: planned_columns
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'version' AS version, value ->> 'active' AS active,
    value ->> 'due' AS due, value ->> 'next' AS next, value ->> 'step' AS step, value ->> 'bits' AS bits,
    value ->> 'exclusion' AS exclusion
  FROM json_each(:carts) WHERE value ->> 'abandon') j
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
  FROM json_each(:carts) WHERE NOT value ->> 'abandon') j
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
