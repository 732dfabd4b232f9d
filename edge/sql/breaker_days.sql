-- What became of a site's mails by day, with those not yet rolled up. Index: primary keys. Reads: at most 400 and the roll-up.
-- ?1 site ?2 first day
SELECT day, sum(sent) AS sent, sum(bounced) AS bounced, sum(complained) AS complained FROM (
  SELECT day, sent, bounced, complained FROM delivery WHERE site = ?1 AND day >= ?2
  UNION ALL SELECT j.value ->> 1, j.value ->> 2, 0, 0 FROM heartbeat h, json_each(h.sent) j WHERE h.job = 'cron' AND j.value ->> 0 = ?1)
GROUP BY day
