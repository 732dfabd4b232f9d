-- Takes a few reminders for one run: one of each site in turn; inside a site first steps before later ones, the oldest
-- first, which is the order of outbox_next (plan_outbox.sql). Rows whose lease has lapsed are taken again.
-- Index: outbox_next, one search a site. Rows: 1 a reminder; reads for five: 36 of one site, 180 of ten,
-- however many are due.
-- ?1 owner ?2 lease until ?3 now ?4 how many ?5 [site, …], the one whose turn it is first
UPDATE outbox SET state = 1, owner = ?1, lease = ?2
WHERE (site, cart, cycle, step) IN (
  SELECT j.value, k.value ->> 0, k.value ->> 1, k.value ->> 2 FROM json_each(?5) j CROSS JOIN json_each((
    SELECT json_group_array(json_array(cart, cycle, step)) FROM (SELECT cart, cycle, step FROM outbox
      WHERE site = j.value AND next <= ?3 AND (state = 0 OR (state IN (1, 2) AND lease <= ?3)) ORDER BY next LIMIT ?4))) k
  ORDER BY k.key, j.key LIMIT ?4)
AND (state = 0 OR (state IN (1, 2) AND lease <= ?3))
RETURNING site, cart, cycle, step, position, mailbox_hash, trust, scheduled, first, tries, version, template, locale, hash, provider, batch
