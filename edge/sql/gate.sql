-- The gate: decides in one statement which claimed reminders are sent now, and why the others are not.

-- name: judge_reminders
-- Decides and records for each claimed reminder the reason against sending it now; without a reason it is sent.
-- The order of the rules is that of shared/src/gate.rs. Index: primary keys, outbox_mailbox, outbox_waits.
-- Rows: 2 a reminder that passes (row, cap), 3 the first mail to a first contact (share), 1 that does not, 2 that begins to wait.
-- The grant (shared/src/trust.rs) is worked out here once: at the first step that passes; the run's other steps inherit it. What lower trust
-- did never stands against a shopper who is proven (proof from 3 on): of a known mailbox only carts of the same visitor and proven
-- ones take over, and what a page claims of others holds nobody who is known.
-- What was held by a breaker, a share or an open payment is late only from then on; an open payment holds it for a day at most.
-- The share of a site is counted last, among the reminders that would pass, so that those of one statement see each other.
-- The list is MATERIALIZED, so that SQLite expands it once: otherwise it evaluates json_each for every column that is named.
-- takes: reminders json (`[{site, cart, cycle, step, version, template, locale, hash, quiet, again, provider, batch, owner_address, exclusion,
--   bases, delay, stale, spacing, sequence, silence, oldest, held, week, month}]`; spans in milliseconds;
--   `again` is a reason against a retry or null),
--   owner text, now time, states json (`{reason: state, …}`), week_ago time, month_ago time (30 days), known_since time (400 days ago),
--   quarter integer (of an hour since 1970), hour integer (since 1970), share_at_least integer, share_usual integer (times the usual day), share_order integer (for each order
--   of 24 h), sites_of_a_mailbox integer (most sites that mail one mailbox as a first contact)
-- gives: site site_id, cart cart_id, cycle integer, step step_id, reason gate_reason?, hold time?, first time?,
--   tries integer, trust trust?
WITH question AS MATERIALIZED (SELECT key AS place, value FROM json_each(:reminders)),
asked AS MATERIALIZED (
  SELECT place, value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'cycle' AS cycle, value ->> 'step' AS step,
    value ->> 'version' AS version, value ->> 'template' AS template, value ->> 'locale' AS locale,
    value ->> 'hash' AS hash, value ->> 'quiet' AS quiet, value ->> 'again' AS again, value ->> 'provider' AS provider,
    value ->> 'batch' AS batch, value ->> 'owner_address' AS owner_address, value ->> 'exclusion' AS exclusion,
    value ->> 'bases' AS bases, value ->> 'delay' AS delay, value ->> 'stale' AS stale, value ->> 'spacing' AS spacing,
    value ->> 'sequence' AS sequence, value ->> 'silence' AS silence, value ->> 'oldest' AS oldest,
    value ->> 'held' AS held, value ->> 'week' AS week, value ->> 'month' AS month
  FROM question),
granted AS MATERIALIZED (
  SELECT j.*, max(coalesce(o.trust, -1),
    coalesce((SELECT max(x.trust) FROM outbox x
      WHERE x.site = o.site AND x.cart = o.cart AND x.cycle = o.cycle AND x.mailbox_hash = o.mailbox_hash), -1),
    CASE
      WHEN c.proof = 5 THEN 5
      WHEN EXISTS (SELECT 1 FROM purchase p WHERE p.site = o.site
        AND p.key = 'mailbox:' || o.mailbox_hash AND p.told AND p.status = 'placed' AND p.at > :known_since) THEN 4
      WHEN k.known_at > :known_since THEN 3
      WHEN c.proof = 2 THEN 2
      WHEN k.place_at > :month_ago OR o.released = 2 THEN c.session_minted IS NOT NULL
      ELSE -1 END) AS trust,
    (SELECT x.reason FROM outbox x WHERE x.site = o.site AND x.cart = o.cart AND x.cycle = o.cycle
      AND x.mailbox_hash = o.mailbox_hash AND x.reason IN ('flood', 'turned_down') LIMIT 1) AS before
  FROM asked j
  JOIN outbox o ON o.site = j.site AND o.cart = j.cart AND o.cycle = j.cycle AND o.step = j.step
  LEFT JOIN cart c ON c.site = o.site AND c.id = o.cart
  LEFT JOIN contact k ON k.site = o.site AND k.mailbox_hash = o.mailbox_hash
  WHERE o.owner = :owner AND o.state = 1 AND o.lease > :now),
verdict AS MATERIALIZED (
  SELECT j.*, o.mailbox_hash, o.released, c.proof, s.state = 'test' AS tests,
    o.trust IS NULL AND j.trust <= 1 AND o.released IS NOT 2 AND NOT EXISTS (SELECT 1 FROM outbox x
      WHERE x.mailbox_hash = o.mailbox_hash AND x.site = o.site AND x.counted_at > :month_ago
        AND (x.cart, x.cycle, x.step) <> (o.cart, o.cycle, o.step)) AS newcomer, CASE
    WHEN k.erased_at IS NOT NULL THEN 'erased'
    WHEN c.state = 2
      OR EXISTS (SELECT 1 FROM purchase p WHERE p.site = o.site AND p.status = 'placed'
        AND p.key IN ('cart:' || o.cart, 'token:' || c.token, 'mailbox:' || o.mailbox_hash, 'customer:' || c.customer)
        AND (p.at >= c.created OR p.key LIKE 'cart:%' OR p.key LIKE 'token:%')) THEN 'ordered'
    WHEN k.refused_at IS NOT NULL OR c.consent ->> '$.mail' = 'denied' THEN 'refused'
    WHEN EXISTS (SELECT 1 FROM suppression x WHERE x.scope IN (s.merchant, '*') AND x.mailbox_hash = o.mailbox_hash) THEN 'suppressed'
    WHEN c.id IS NULL OR c.state NOT IN (0, 1) OR c.items = 0 THEN 'cart_closed'
    WHEN c.superseded_by IS NOT NULL
      OR EXISTS (SELECT 1 FROM json_each(k.carts) n CROSS JOIN cart y ON y.site = o.site AND y.id = n.value
        WHERE y.mailbox_hash = o.mailbox_hash AND y.state IN (0, 1) AND y.items > 0 AND (y.created, y.id) > (c.created, c.id)
          AND (y.proof >= 3 OR (c.proof < 3 AND j.trust < 3)
            OR substr(y.id, 1, instr(y.id, '.')) = substr(c.id, 1, instr(c.id, '.')))) THEN 'superseded'
    WHEN c.mailbox_hash IS NOT o.mailbox_hash OR k.address IS NULL THEN 'address_changed'
    WHEN o.first IS NULL AND :now - max(o.scheduled, c.active_at + j.delay, coalesce(iif(o.waits_for IS NULL, o.held_until, :now), 0)) > j.held THEN 'stale'
    WHEN EXISTS (SELECT 1 FROM purchase p WHERE p.site = o.site AND p.status = 'pending' AND p.at >= c.created
      AND p.key IN ('cart:' || o.cart, 'token:' || c.token, 'mailbox:' || o.mailbox_hash, 'customer:' || c.customer)) THEN CASE
        WHEN o.first IS NOT NULL OR :now - max(o.scheduled, c.active_at + j.delay) <= j.held THEN 'payment_pending' ELSE 'stale' END
    WHEN j.trust < 3 AND EXISTS (SELECT 1 FROM purchase p WHERE p.site = o.site AND p.number = '' AND p.status = 'claimed' AND p.at >= c.created
      AND p.at > :now - 86400000 AND :now - max(o.scheduled, c.active_at + j.delay) < 86400000
      AND p.key IN ('token:' || c.token, 'mailbox:' || o.mailbox_hash, 'customer:' || c.customer)) THEN 'order_claimed'
    WHEN j.again IS NOT NULL THEN j.again
    WHEN o.first IS NULL AND o.scheduled <= d.rolled_back_until THEN 'rolled_back'
    WHEN d.paused OR m.paused OR s.paused THEN 'paused'
    WHEN b.until > :now THEN 'breaker'
    WHEN s.state <> 'test' AND j.exclusion IS NOT NULL THEN j.exclusion
    WHEN s.state = 'shadow' THEN 'shadow_state'
    WHEN s.state = 'test' AND NOT j.owner_address THEN 'test_state'
    WHEN NOT coalesce(instr(j.bases, ' ' || iif(c.consent ->> '$.source' = 'shop' AND NOT c.signed, NULL, c.consent ->> '$.mail') || ' '), 0)
      AND NOT coalesce((c.signed OR k.said_by = substr(o.cart, 1, instr(o.cart, '.') - 1)) AND instr(j.bases, ' ' || k.basis || ' '), 0) THEN 'no_basis'
    WHEN o.first IS NOT NULL THEN ''
    WHEN c.active_at + j.delay > :now THEN 'active_again'
    WHEN :now - c.created > j.oldest THEN 'oldest_cart'
    WHEN :now - max(o.scheduled, c.active_at + j.delay, coalesce(iif(o.waits_for IS NULL, o.held_until, :now), 0)) > j.stale THEN 'stale'
    WHEN o.released = 3 OR (j.trust <= 1 AND j.before = 'turned_down') THEN 'turned_down'
    WHEN j.trust <= 1 AND o.released IS NOT 2 AND (o.waits_since <= :now - j.held OR j.before = 'flood') THEN 'flood'
    WHEN j.trust = 0 AND o.position > 0 THEN 'bare_step'
    WHEN EXISTS (SELECT 1 FROM purchase p WHERE p.site = o.site AND p.key = 'mailbox:' || o.mailbox_hash
      AND p.status <> 'claimed' AND p.at > :now - j.silence) THEN 'silence_after_order'
    WHEN (SELECT count(*) FROM outbox x JOIN site z ON z.id = x.site WHERE x.mailbox_hash = o.mailbox_hash AND x.counted_at > :week_ago
      AND z.merchant = s.merchant AND (x.proof >= 3 OR c.proof < 3 OR substr(x.cart, 1, 27) = substr(o.cart, 1, 27))) >= j.week THEN 'cap_week'
    WHEN (SELECT count(*) FROM outbox x JOIN site z ON z.id = x.site WHERE x.mailbox_hash = o.mailbox_hash AND x.counted_at > :month_ago
      AND z.merchant = s.merchant AND (x.proof >= 3 OR c.proof < 3 OR substr(x.cart, 1, 27) = substr(o.cart, 1, 27))) >= j.month THEN 'cap_month'
    WHEN j.trust <= 1 AND (SELECT count(DISTINCT x.site) FROM outbox x WHERE x.mailbox_hash = o.mailbox_hash
      AND x.counted_at > :month_ago AND x.trust <= 1 AND x.site <> o.site) >= :sites_of_a_mailbox THEN 'cap_month'
    WHEN EXISTS (SELECT 1 FROM outbox x JOIN site z ON z.id = x.site WHERE x.mailbox_hash = o.mailbox_hash
      AND x.counted_at > :now - j.spacing AND z.merchant = s.merchant AND (x.proof >= 3 OR c.proof < 3 OR substr(x.cart, 1, 27) = substr(o.cart, 1, 27))) THEN 'spacing'
    WHEN EXISTS (SELECT 1 FROM outbox x JOIN site z ON z.id = x.site WHERE x.mailbox_hash = o.mailbox_hash
      AND x.counted_at > :now - j.sequence AND z.merchant = s.merchant AND (x.proof >= 3 OR c.proof < 3 OR substr(x.cart, 1, 27) = substr(o.cart, 1, 27))
      AND (x.site, x.cart) <> (o.site, o.cart)) THEN 'spacing'
    WHEN j.quiet IS NOT NULL THEN 'quiet_hours'
    WHEN c.version <> j.version THEN 'changed'
    ELSE '' END AS reason,
    CASE
      WHEN b.until > :now THEN b.until
      WHEN c.active_at + j.delay > :now THEN c.active_at + j.delay
      WHEN j.quiet IS NOT NULL THEN j.quiet
      ELSE (SELECT max(x.counted_at + iif((x.site, x.cart) = (o.site, o.cart), j.spacing,
        max(j.spacing, j.sequence))) FROM outbox x JOIN site z ON z.id = x.site
        WHERE x.mailbox_hash = o.mailbox_hash AND x.counted_at > :month_ago AND z.merchant = s.merchant
          AND (x.proof >= 3 OR c.proof < 3 OR substr(x.cart, 1, 27) = substr(o.cart, 1, 27))) END AS hold
  FROM granted j
  JOIN outbox o ON o.site = j.site AND o.cart = j.cart AND o.cycle = j.cycle AND o.step = j.step
  JOIN site s ON s.id = o.site
  JOIN merchant m ON m.id = s.merchant
  JOIN deployment d ON d.id = 1
  LEFT JOIN breaker b ON b.site = o.site AND b.audience = (j.trust >= 3)
  LEFT JOIN cart c ON c.site = o.site AND c.id = o.cart
  LEFT JOIN contact k ON k.site = o.site AND k.mailbox_hash = o.mailbox_hash
  WHERE o.owner = :owner AND o.state = 1 AND o.lease > :now),
judged AS (
  SELECT v.*, CASE
    WHEN v.reason <> '' OR v.tests THEN v.reason
    WHEN v.trust < 0 THEN 'network_share'
    WHEN v.newcomer AND ((v.released IS NULL AND EXISTS (SELECT 1 FROM outbox q WHERE q.site = v.site AND q.waits_for = 1))
      OR coalesce((SELECT sum(e.value ->> 1) FROM site_share h CROSS JOIN json_each(h.quarters) e
          WHERE h.site = v.site AND e.value ->> 0 > :quarter - 97), 0)
        + row_number() OVER (PARTITION BY v.site, v.reason, v.newcomer, v.trust < 0 ORDER BY v.place)
        > max(:share_at_least, :share_usual * coalesce((SELECT h.usual FROM site_share h WHERE h.site = v.site), 0),
          :share_order * coalesce((SELECT sum(e.value ->> 1) FROM server_orders t CROSS JOIN json_each(t.hours) e
            WHERE t.site = v.site AND e.value ->> 0 > :hour - 24), 0))) THEN 'site_share'
    ELSE '' END AS ruling
  FROM verdict v)
UPDATE outbox SET
  reason = nullif(v.ruling, ''),
  reason_at = :now,
  state = iif(v.ruling = '', 2, :states ->> v.ruling),
  hold = iif(v.ruling IN ('network_share', 'site_share'), coalesce(outbox.waits_since, :now) + v.held, v.hold),
  held_until = iif(v.ruling IN ('breaker', 'network_share', 'site_share', 'order_claimed', 'payment_pending'), :now, held_until),
  waits_for = CASE v.ruling WHEN 'site_share' THEN 1 WHEN 'network_share' THEN 2 END,
  waits_since = iif(v.ruling IN ('network_share', 'site_share'), coalesce(outbox.waits_since, :now), outbox.waits_since),
  proof = coalesce(v.proof, outbox.proof),
  trust = iif(v.ruling = '', max(v.trust, 0), outbox.trust),
  first = iif(v.ruling = '', coalesce(first, :now), first),
  tries = tries + (v.ruling = ''),
  version = iif(v.ruling = '', v.version, outbox.version),
  template = iif(v.ruling = '', v.template, outbox.template),
  locale = iif(v.ruling = '', v.locale, outbox.locale),
  hash = iif(v.ruling = '', v.hash, outbox.hash),
  provider = iif(v.ruling = '', coalesce(outbox.provider, v.provider), outbox.provider),
  batch = iif(v.ruling = '', coalesce(outbox.batch, v.batch), outbox.batch),
  counted_at = iif(v.ruling = '', coalesce(counted_at, :now), counted_at)
FROM judged v
WHERE outbox.site = v.site AND outbox.cart = v.cart AND outbox.cycle = v.cycle AND outbox.step = v.step
  AND outbox.owner = :owner AND outbox.state = 1 AND outbox.lease > :now
RETURNING site, cart, cycle, step, reason, hold, first, tries, trust
