-- Counts what became of mails for the breaker, each once; before event_reminders.sql in the same batch.
-- Index: primary keys. Rows: one a site, for a bounce, a complaint or a resolved mail.
-- ?1 [{site, cart, cycle, step, kind, provider}] ?2 day of UTC since 1970
INSERT INTO delivery (site, day, sent, bounced, complained)
SELECT o.site, ?2, sum(o.state IN (0, 1, 2, 8)), sum(j.value ->> 'kind' = 'bounced' AND o.bounced_at IS NULL),
  sum(j.value ->> 'kind' = 'complained' AND o.complained_at IS NULL)
FROM json_each(?1) j
JOIN outbox o ON o.site = j.value ->> 'site' AND o.cart = j.value ->> 'cart' AND o.cycle = j.value ->> 'cycle' AND o.step = j.value ->> 'step'
WHERE o.state IN (0, 1, 2, 8) OR (j.value ->> 'kind' = 'bounced' AND o.bounced_at IS NULL)
  OR (j.value ->> 'kind' = 'complained' AND o.complained_at IS NULL)
GROUP BY o.site
ON CONFLICT (site, day) DO UPDATE SET sent = sent + excluded.sent, bounced = bounced + excluded.bounced,
  complained = complained + excluded.complained
