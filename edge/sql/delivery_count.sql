-- Counts what became of mails, a site and day. Index: primary key. Rows: one a site and day.
-- ?1 [{site, day, sent, bounced, complained}]
INSERT INTO delivery (site, day, sent, bounced, complained)
SELECT value ->> 'site', value ->> 'day', sum(value ->> 'sent'), sum(value ->> 'bounced'), sum(value ->> 'complained')
FROM json_each(?1) WHERE true GROUP BY 1, 2
ON CONFLICT (site, day) DO UPDATE SET sent = sent + excluded.sent, bounced = bounced + excluded.bounced,
  complained = complained + excluded.complained
