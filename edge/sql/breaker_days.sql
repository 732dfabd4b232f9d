-- What became of mails by day, with those not yet rolled up. Index: primary keys. Reads: at most 400 a site, and the roll-up.
-- ?1 [site, …] ?2 first day
SELECT site, day, sum(sent) AS sent, sum(bounced) AS bounced, sum(complained) AS complained FROM (
  SELECT d.site, d.day, d.sent, d.bounced, d.complained FROM json_each(?1) j CROSS JOIN delivery d ON d.site = j.value AND d.day >= ?2
  UNION ALL SELECT n.value ->> 0, n.value ->> 1, n.value ->> 2, 0, 0 FROM heartbeat h, json_each(h.sent) n
    WHERE h.job = 'cron' AND n.value ->> 0 IN (SELECT value FROM json_each(?1)))
GROUP BY site, day
