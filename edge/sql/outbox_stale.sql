-- Reminders that nobody came to and that are too late now, so that a day's backlog does not stand before what is still of
-- use. The gate asks the same of each that is claimed; one whose shopper has been active since is left to it.
-- Index: outbox_next, two searches a site (first steps stand 1,000 days ahead). Rows: 1 a reminder; reads: 6 a reminder.
-- ?1 [{site, late}], what was meant to leave before `late` is too late ?2 now ?3 how many of a site and kind
UPDATE outbox SET state = 6, reason = 'stale', reason_at = ?2, next = NULL, lease = NULL, owner = NULL, ended_at = ?2
WHERE (site, cart, cycle, step) IN (
  SELECT j.value ->> 'site', k.value ->> 0, k.value ->> 1, k.value ->> 2 FROM json_each(?1) j CROSS JOIN json_each((
    SELECT json_group_array(json_array(cart, cycle, step)) FROM (
      SELECT cart, cycle, step FROM (SELECT o.cart, o.cycle, o.step FROM outbox o JOIN cart c ON c.site = o.site AND c.id = o.cart
        WHERE o.site = j.value ->> 'site' AND o.next < (j.value ->> 'late') - 86400000000
          AND o.state = 0 AND o.first IS NULL AND o.scheduled < j.value ->> 'late' AND c.active_at <= o.planned_at LIMIT ?3)
      UNION ALL
      SELECT cart, cycle, step FROM (SELECT o.cart, o.cycle, o.step FROM outbox o JOIN cart c ON c.site = o.site AND c.id = o.cart
        WHERE o.site = j.value ->> 'site' AND o.next >= ?2 - 86400000000 AND o.next < j.value ->> 'late'
          AND o.state = 0 AND o.first IS NULL AND o.scheduled < j.value ->> 'late' AND c.active_at <= o.planned_at LIMIT ?3)))) k)
AND state = 0
