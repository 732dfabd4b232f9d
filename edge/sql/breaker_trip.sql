-- The breaker of a site falls; one that is open to nobody stays as it is. Index: primary key. Rows: 2, or 0.
-- ?1 site ?2 cause ?3 now ?4 until ?5 counted ?6 against ?7 hour ?8 addresses ?9 day ?10 sent ?11 bounced ?12 complained
INSERT INTO breaker (site, cause, since, until, counted, against, baseline_hour, baseline_addresses, baseline_day, baseline_sent, baseline_bounced, baseline_complained)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT (site) DO UPDATE SET cause = excluded.cause, since = excluded.since, until = excluded.until,
  counted = excluded.counted, against = excluded.against, baseline_hour = excluded.baseline_hour,
  baseline_addresses = excluded.baseline_addresses, baseline_day = excluded.baseline_day, baseline_sent = excluded.baseline_sent,
  baseline_bounced = excluded.baseline_bounced, baseline_complained = excluded.baseline_complained
WHERE breaker.until <= excluded.since
