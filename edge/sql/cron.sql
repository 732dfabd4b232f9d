-- A run of cron: finds what is due and writes the heartbeat.

-- name: look_for_due
-- Whether anything of one site is due; most deployments have only one site.
-- Index: outbox_next, cart_due. Reads: 3, however many carts there are: one a seek, and proven visitors' carts are a seek of their own.
-- takes: now time, site site_id
-- gives: reminders boolean, carts boolean
SELECT EXISTS (SELECT 1 FROM outbox WHERE site = :site AND next <= :now) AS reminders,
  EXISTS (SELECT 1 FROM cart WHERE site = :site AND ahead IN (0, 1) AND due <= :now) AS carts

-- name: find_due_sites
-- The sites that have anything due.
-- Index: outbox_next, cart_due. Reads: 4 a site, 6 where something is due.
-- takes: now time, sites json (`[site, …]`)
-- gives: site site_id, reminders boolean, carts boolean
SELECT value AS site, EXISTS (SELECT 1 FROM outbox WHERE site = value AND next <= :now) AS reminders,
  EXISTS (SELECT 1 FROM cart WHERE site = value AND ahead IN (0, 1) AND due <= :now) AS carts
FROM json_each(:sites) WHERE reminders OR carts

-- name: read_due_sites
-- The settings of the sites with something due, and whether each is parked: paused or not live.
-- Index: primary keys. Reads: 4 a site.
-- takes: sites json (`[site, …]`)
-- gives: id site_id, settings json, state site_state, parked boolean (whether it is paused or not live)
SELECT s.id, s.settings, s.state, s.state <> 'live' OR s.paused OR m.paused OR d.paused AS parked
FROM json_each(:sites) j CROSS JOIN site s ON s.id = j.value JOIN merchant m ON m.id = s.merchant JOIN deployment d ON d.id = 1

-- name: note_rollback
-- Records that the database was put back to an earlier time: it forgot a run that sent and that the cache remembers. The
-- condition is checked here again, because another run may have ended between reading database and cache.
-- Index: primary keys. Rows: 1, or 0.
-- takes: sent_at time (of the last run that sent a mail)
UPDATE deployment SET rolled_back_until = max(rolled_back_until, :sent_at)
WHERE id = 1 AND NOT EXISTS (SELECT 1 FROM heartbeat h WHERE h.job = 'cron' AND h.sent_at >= :sent_at)

-- name: write_mail_state
-- Records that the mail provider stops the runs, with its words; '' means that it accepts mails again. `at` is when that
-- began.
-- Index: primary key. Rows: 1 if the provider stopped a run or accepts mails again.
-- takes: now time, note text
INSERT INTO heartbeat (job, at, note) VALUES ('mail', :now, :note)
ON CONFLICT (job) DO UPDATE SET at = iif(note = '' OR excluded.note = '', excluded.at, at), note = excluded.note

-- name: write_heartbeat
-- Records that cron ran: its note, its accepted mails, the site it served last.
-- Index: primary key. Rows: 1 a tick. Reads: 0 (an update of the same row would read 1).
-- takes: now time, note json, accepted json (mails accepted in this tick, `[[site, audience, day, count], …]`),
--   last_site site_id? (the site that the tick served last; NULL keeps the stored one)
INSERT INTO heartbeat (job, at, note, sent, sent_at, last_site) VALUES ('cron', :now, :note, :accepted, iif(:accepted = '[]', 0, :now), coalesce(:last_site, ''))
ON CONFLICT (job) DO UPDATE SET at = max(at, excluded.at), note = excluded.note, sent_at = max(sent_at, excluded.sent_at),
  last_site = coalesce(:last_site, last_site),
  sent = CASE WHEN excluded.sent = '[]' THEN sent WHEN sent = '[]' THEN excluded.sent
    ELSE rtrim(sent, ']') || '],' || substr(excluded.sent, 2) END
