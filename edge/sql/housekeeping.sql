-- Housekeeping: small jobs of cron that end late reminders, expire old carts and delete old data.

-- name: end_stale_reminders
-- Ends reminders that were never claimed, are too late now and whose shopper was not active since, so that an old backlog does
-- not delay reminders that are still useful. The gate checks claimed reminders in the same way. Looks at the first in the order
-- in which they are claimed, so what stands in front of it and is not late leaves before the next time.
-- Index: outbox_next, four searches a site: those that leave first stand 1,000 to 3,000 days ahead (plan_reminders).
-- Rows: 1 a reminder. Reads: 2 a reminder that is looked at, 4 more one that ends.
-- takes: sites json (`[{site, late}]`: a reminder that was meant to leave before `late` is too late), now time, most integer (looked at, of
--   a site and search)
UPDATE outbox SET state = 6, reason = 'stale', reason_at = :now, next = NULL, lease = NULL, owner = NULL, network = NULL, ended_at = :now
WHERE (site, cart, cycle, step) IN (
  SELECT j.value ->> 'site', k.value ->> 0, k.value ->> 1, k.value ->> 2
  FROM json_each(:sites) j CROSS JOIN json_each('[0, 1, 2, 3]') ahead CROSS JOIN json_each((
    SELECT json_group_array(json_array(o.cart, o.cycle, o.step)) FROM (
      SELECT site, cart, cycle, step, state, first, waits_for, scheduled, held_until, planned_at FROM outbox
      WHERE site = j.value ->> 'site' AND next >= :now - 86400000000 * (ahead.value + 1)
        AND next < (j.value ->> 'late') - 86400000000 * ahead.value
      ORDER BY next LIMIT :most) o
    CROSS JOIN cart c ON c.site = o.site AND c.id = o.cart
    WHERE o.state = 0 AND o.first IS NULL AND o.waits_for IS NULL
      AND max(o.scheduled, coalesce(o.held_until, 0)) < j.value ->> 'late' AND c.active_at <= o.planned_at)) k)
AND state = 0

-- name: sweep_outbox
-- Removes ended reminders, left behind by a stopped run, from the index of the next reminders.
-- Index: outbox_next, one search a site. Rows: 1 each.
-- takes: now time, most integer
UPDATE outbox SET next = NULL, lease = NULL, owner = NULL, network = NULL, ended_at = coalesce(ended_at, :now)
WHERE (site, cart, cycle, step) IN (
  SELECT o.site, o.cart, o.cycle, o.step FROM site s CROSS JOIN outbox o ON o.site = s.id AND o.next <= :now AND o.state > 2 LIMIT :most)

-- name: expire_carts
-- Expires carts that were abandoned longer ago than their site keeps them, over all sites.
-- Index: cart_list, one search a site. Rows: 2 a cart.
-- takes: state cart_state, now time, retention integer (milliseconds, for sites without their own), most integer
UPDATE cart SET state = 3, since = :now, due = NULL
WHERE (site, id) IN (
  SELECT c.site, c.id FROM site s CROSS JOIN cart c ON c.site = s.id AND c.state = :state AND likely(c.state > 0)
    AND c.since < :now - coalesce(s.settings ->> '$.policy.retention', :retention)
  LIMIT :most)

-- name: delete_excluded_identities
-- Deletes the identities of the carts that delete_excluded_carts deletes; before it in the same batch.
-- Index: cart_list, one search a site, and the primary key. Rows: 1 an identity.
-- takes: before time (excluded before), most integer
DELETE FROM identity WHERE (site, key, cart) IN (
  SELECT g.site, n.value, g.id FROM (
    SELECT c.site, c.id, c.token, c.customer FROM site s CROSS JOIN cart c
      ON c.site = s.id AND c.state = 4 AND likely(c.state > 0) AND c.since < :before
    WHERE c.exclusion IS NOT NULL LIMIT :most) g
  CROSS JOIN json_each(json_array('token:' || g.token, 'customer:' || g.customer)) n WHERE n.value IS NOT NULL)

-- name: delete_excluded_carts
-- Deletes carts excluded for longer than is useful, over all sites.
-- Index: cart_list, one search a site. Rows: 2 a cart.
-- takes: before time (excluded before), most integer
DELETE FROM cart WHERE (site, id) IN (
  SELECT c.site, c.id FROM site s CROSS JOIN cart c ON c.site = s.id AND c.state = 4 AND likely(c.state > 0) AND c.since < :before
  WHERE c.exclusion IS NOT NULL LIMIT :most)

-- name: delete_old_days
-- Deletes days older than metrics are kept.
-- Index: primary key, one search a site. Rows: 1 a day.
-- takes: first integer (the first day that stays)
DELETE FROM delivery WHERE (site, audience, day) IN (SELECT d.site, d.audience, d.day FROM site s CROSS JOIN json_each('[0, 1]') a
  CROSS JOIN delivery d ON d.site = s.id AND d.audience = a.value AND d.day < :first)
