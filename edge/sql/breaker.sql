-- The breaker of a site, and the counts of mails that trip it.

-- name: read_breakers
-- The breakers of some sites; a site whose breaker never tripped has no row.
-- Index: primary key. Reads: 1 a site.
-- takes: sites json (`[site, …]`)
-- gives: site site_id, until time, baseline_hour integer, baseline_addresses integer, baseline_day integer, baseline_sent integer, baseline_bounced integer,
--   baseline_complained integer
SELECT b.site, b.until, b.baseline_hour, b.baseline_addresses, b.baseline_day, b.baseline_sent, b.baseline_bounced, b.baseline_complained
FROM json_each(:sites) j CROSS JOIN breaker b ON b.site = j.value

-- name: read_hours
-- New unproven addresses of some sites by hour.
-- Index: primary key. Reads: at most 169 a site.
-- takes: sites json (`[site, …]`), first_hour integer
-- gives: site site_id, hour integer, addresses integer
SELECT u.site, u.hour, u.addresses FROM json_each(:sites) j CROSS JOIN unproven_hour u ON u.site = j.value AND u.hour >= :first_hour

-- name: read_days
-- The outcomes of mails of some sites by day, with those not yet rolled up.
-- Index: primary keys. Reads: at most 400 a site, and the roll-up.
-- takes: sites json (`[site, …]`), first_day integer
-- gives: site site_id, day integer, sent integer, bounced integer, complained integer
SELECT site, day, sum(sent) AS sent, sum(bounced) AS bounced, sum(complained) AS complained FROM (
  SELECT d.site, d.day, d.sent, d.bounced, d.complained FROM json_each(:sites) j CROSS JOIN delivery d ON d.site = j.value AND d.day >= :first_day
  UNION ALL SELECT n.value ->> 0, n.value ->> 1, n.value ->> 2, 0, 0 FROM heartbeat h, json_each(h.sent) n
    WHERE h.job = 'cron' AND n.value ->> 0 IN (SELECT value FROM json_each(:sites)))
GROUP BY site, day

-- name: trip_breaker
-- Trips a site's breaker. Does nothing if it is already tripped.
-- Index: primary key. Rows: 2, or 0.
-- takes: site site_id, cause breaker_cause, now time, until time, counted integer, against integer, baseline_hour integer,
--   baseline_addresses integer, baseline_day integer, baseline_sent integer, baseline_bounced integer, baseline_complained integer
INSERT INTO breaker (site, cause, since, until, counted, against, baseline_hour, baseline_addresses, baseline_day, baseline_sent, baseline_bounced, baseline_complained)
VALUES (:site, :cause, :now, :until, :counted, :against, :baseline_hour, :baseline_addresses, :baseline_day, :baseline_sent, :baseline_bounced, :baseline_complained)
ON CONFLICT (site) DO UPDATE SET cause = excluded.cause, since = excluded.since, until = excluded.until,
  counted = excluded.counted, against = excluded.against, baseline_hour = excluded.baseline_hour,
  baseline_addresses = excluded.baseline_addresses, baseline_day = excluded.baseline_day, baseline_sent = excluded.baseline_sent,
  baseline_bounced = excluded.baseline_bounced, baseline_complained = excluded.baseline_complained
WHERE breaker.until <= excluded.since

-- name: reset_breaker
-- Resets a tripped breaker by hand: counting starts afresh, and the addresses that tripped it are no longer treated as a
-- flood (gate.sql).
-- Index: primary key. Rows: 2, or 0.
-- takes: site site_id, now time, baseline_hour integer, baseline_addresses integer, baseline_day integer, baseline_sent integer,
--   baseline_bounced integer, baseline_complained integer
UPDATE breaker SET since = :now, until = :now, baseline_hour = :baseline_hour, baseline_addresses = :baseline_addresses, baseline_day = :baseline_day, baseline_sent = :baseline_sent, baseline_bounced = :baseline_bounced,
  baseline_complained = :baseline_complained
WHERE site = :site AND until > :now

-- name: count_tripped
-- The number of sites whose breaker is tripped.
-- Index: breaker_until. Reads: one each.
-- takes: now time
-- gives: sites integer
SELECT count(*) AS sites FROM breaker WHERE until > :now

-- name: count_deliveries
-- Adds outcomes of mails to the counts of site and day.
-- Index: primary key. Rows: one a site and day.
-- takes: outcomes json (`[{site, day, sent, bounced, complained}]`)
INSERT INTO delivery (site, day, sent, bounced, complained)
SELECT value ->> 'site', value ->> 'day', sum(value ->> 'sent'), sum(value ->> 'bounced'), sum(value ->> 'complained')
FROM json_each(:outcomes) WHERE true GROUP BY 1, 2
ON CONFLICT (site, day) DO UPDATE SET sent = sent + excluded.sent, bounced = bounced + excluded.bounced,
  complained = complained + excluded.complained

-- name: roll_up_deliveries
-- Adds the accepted mails that the heartbeat stores to the counts.
-- Index: primary keys. Rows: one a site and day.
INSERT INTO delivery (site, day, sent)
SELECT j.value ->> 0, j.value ->> 1, sum(j.value ->> 2) FROM heartbeat h, json_each(h.sent) j WHERE h.job = 'cron' GROUP BY 1, 2
ON CONFLICT (site, day) DO UPDATE SET sent = sent + excluded.sent

-- name: clear_heartbeat
-- Clears the accepted mails of the heartbeat; after roll_up_deliveries in the same batch.
-- Index: primary key. Rows: 1, or 0.
UPDATE heartbeat SET sent = '[]' WHERE job = 'cron' AND sent <> '[]'
