-- Ended reminders that a stopped run left in the index of what is next. Index: outbox_next, one search a site. Rows: 1 each.
-- ?1 now ?2 how many
UPDATE outbox SET next = NULL, lease = NULL, owner = NULL, ended_at = coalesce(ended_at, ?1)
WHERE (site, cart, cycle, step) IN (
  SELECT o.site, o.cart, o.cycle, o.step FROM site s CROSS JOIN outbox o ON o.site = s.id AND o.next <= ?1 AND o.state > 2 LIMIT ?2)
