-- The breakers of a site, and the counts of mails that trip them.

-- name: read_breakers
-- The breakers of some sites and audiences; one that never tripped has no row.
-- Index: primary key. Reads: 1 each.
-- takes: checked json (`[{site, audience}]`)
-- gives: site site_id, audience audience, until time, baseline_day integer, baseline_sent integer, baseline_bounced integer,
--   baseline_complained integer
SELECT b.site, b.audience, b.until, b.baseline_day, b.baseline_sent, b.baseline_bounced, b.baseline_complained
FROM json_each(:checked) j CROSS JOIN breaker b ON b.site = j.value ->> 'site' AND b.audience = j.value ->> 'audience'

-- name: read_days
-- The outcomes of mails of some sites and audiences by day, with those not yet rolled up.
-- Index: primary keys. Reads: at most 400 each, and the roll-up.
-- takes: checked json (`[{site, audience}]`), first_day integer
-- gives: site site_id, audience audience, day integer, sent integer, bounced integer, complained integer
SELECT site, audience, day, sum(sent) AS sent, sum(bounced) AS bounced, sum(complained) AS complained FROM (
  SELECT d.site, d.audience, d.day, d.sent, d.bounced, d.complained FROM json_each(:checked) j
  CROSS JOIN delivery d ON d.site = j.value ->> 'site' AND d.audience = j.value ->> 'audience' AND d.day >= :first_day
  UNION ALL SELECT n.value ->> 0, n.value ->> 1, n.value ->> 2, n.value ->> 3, 0, 0 FROM heartbeat h, json_each(h.sent) n
    WHERE h.job = 'cron' AND (n.value ->> 0, n.value ->> 1) IN (SELECT value ->> 'site', value ->> 'audience' FROM json_each(:checked)))
GROUP BY site, audience, day

-- name: trip_breaker
-- Trips a breaker of a site, or notes a warning. Does nothing if it is already tripped.
-- Index: primary key. Rows: 2, or 0.
-- takes: site site_id, audience audience, cause breaker_cause, now time, until time, counted integer, against integer,
--   baseline_day integer, baseline_sent integer, baseline_bounced integer, baseline_complained integer
INSERT INTO breaker (site, audience, cause, since, until, counted, against, baseline_day, baseline_sent, baseline_bounced, baseline_complained)
VALUES (:site, :audience, :cause, :now, :until, :counted, :against, :baseline_day, :baseline_sent, :baseline_bounced, :baseline_complained)
ON CONFLICT (site, audience) DO UPDATE SET cause = excluded.cause, since = excluded.since, until = excluded.until,
  counted = excluded.counted, against = excluded.against, baseline_day = excluded.baseline_day,
  baseline_sent = excluded.baseline_sent, baseline_bounced = excluded.baseline_bounced,
  baseline_complained = excluded.baseline_complained
WHERE breaker.until <= excluded.since

-- name: reset_breaker
-- Resets a tripped breaker by hand: counting starts afresh.
-- Index: primary key. Rows: 2, or 0.
-- takes: site site_id, audience audience, now time, baseline_day integer, baseline_sent integer, baseline_bounced integer,
--   baseline_complained integer
UPDATE breaker SET since = :now, until = :now, baseline_day = :baseline_day, baseline_sent = :baseline_sent,
  baseline_bounced = :baseline_bounced, baseline_complained = :baseline_complained
WHERE site = :site AND audience = :audience AND until > :now

-- name: count_tripped
-- The number of tripped breakers.
-- Index: breaker_until. Reads: one each.
-- takes: now time
-- gives: tripped integer
SELECT count(*) AS tripped FROM breaker WHERE until > :now

-- name: count_deliveries
-- Adds outcomes of mails to the counts of site, audience and day.
-- Index: primary key. Rows: one a site, audience and day.
-- takes: outcomes json (`[{site, audience, day, sent, bounced, complained}]`)
INSERT INTO delivery (site, audience, day, sent, bounced, complained)
SELECT value ->> 'site', value ->> 'audience', value ->> 'day', sum(value ->> 'sent'), sum(value ->> 'bounced'), sum(value ->> 'complained')
FROM json_each(:outcomes) WHERE true GROUP BY 1, 2, 3
ON CONFLICT (site, audience, day) DO UPDATE SET sent = sent + excluded.sent, bounced = bounced + excluded.bounced,
  complained = complained + excluded.complained

-- name: roll_up_deliveries
-- Adds the accepted mails that the heartbeat stores to the counts.
-- Index: primary keys. Rows: one a site, audience and day.
INSERT INTO delivery (site, audience, day, sent)
SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, sum(j.value ->> 3) FROM heartbeat h, json_each(h.sent) j WHERE h.job = 'cron' GROUP BY 1, 2, 3
ON CONFLICT (site, audience, day) DO UPDATE SET sent = sent + excluded.sent

-- name: clear_heartbeat
-- Clears the accepted mails of the heartbeat; after roll_up_deliveries in the same batch.
-- Index: primary key. Rows: 1, or 0.
UPDATE heartbeat SET sent = '[]' WHERE job = 'cron' AND sent <> '[]'
