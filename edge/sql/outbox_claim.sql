-- Takes a few reminders for one run: round robin over sites, first steps before later ones, the longest waiting first.
-- Rows whose lease has lapsed are taken again. Index: outbox_next. Rows: 1 a reminder; nothing due: 1 read.
-- ?1 owner ?2 lease until ?3 now ?4 how many ?5 how far to look along the index
UPDATE outbox SET state = 1, owner = ?1, lease = ?2
WHERE (site, cart, run, step) IN (
  SELECT site, cart, run, step FROM (
    SELECT site, cart, run, step, next, row_number() OVER (PARTITION BY site ORDER BY position, next, cart) AS turn
    FROM (SELECT site, cart, run, step, next, position FROM outbox
      WHERE next <= ?3 AND (state = 0 OR (state IN (1, 2) AND lease <= ?3)) ORDER BY next LIMIT ?5))
  ORDER BY turn, next LIMIT ?4)
AND (state = 0 OR (state IN (1, 2) AND lease <= ?3))
RETURNING site, cart, run, step, position, mailbox, trust, scheduled, first, tries, version, template, locale, hash
