-- The breaker of a site falls; one that is open to nobody stays as it is. Index: primary key. Rows: 2, or 0.
-- ?1 site ?2 cause ?3 now ?4 until ?5 counted ?6 against ?7 hour ?8 addresses ?9 day ?10 sent ?11 bounced ?12 complained
INSERT INTO breaker (site, cause, since, until, counted, against, begun_hour, begun_addresses, begun_day, begun_sent, begun_bounced, begun_complained)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT (site) DO UPDATE SET cause = excluded.cause, since = excluded.since, until = excluded.until,
  counted = excluded.counted, against = excluded.against, begun_hour = excluded.begun_hour,
  begun_addresses = excluded.begun_addresses, begun_day = excluded.begun_day, begun_sent = excluded.begun_sent,
  begun_bounced = excluded.begun_bounced, begun_complained = excluded.begun_complained
WHERE breaker.until <= excluded.since
