-- Mails that ticks noted beside their heartbeat become counters. Index: primary keys. Rows: one a site and day.
INSERT INTO delivery (site, day, sent)
SELECT j.value ->> 0, j.value ->> 1, sum(j.value ->> 2) FROM heartbeat h, json_each(h.sent) j WHERE h.job = 'cron' GROUP BY 1, 2
ON CONFLICT (site, day) DO UPDATE SET sent = sent + excluded.sent
