-- A page of active carts, the newest first; empty ones at rest are not listed. A planner that runs once a minute gives
-- many carts the same time, so the id is part of the key. Index: cart_due. Reads: about 3 a cart of the page.
-- ?1 site ?2 due before ?3 id before, among those due then ?4 how many
SELECT c.id, c.state, c.active_at, c.items, coalesce(c.order_total, c.total) AS worth,
  iif(c.order_total IS NULL, c.currency, c.order_currency) AS worth_currency, c.recovered,
  coalesce(c.lines ->> '$[0].name', c.lines ->> '$[0].product', '') AS first_item, c.mailbox_hash IS NOT NULL AS has_address, k.address,
  (SELECT json_array(o.position, o.state, o.reason, coalesce(o.ended_at, o.next, o.planned_at)) FROM outbox o
    WHERE o.site = c.site AND o.cart = c.id ORDER BY o.planned_at DESC, o.position DESC LIMIT 1) AS last_reminder,
  c.due, c.due AS key, c.exclusion
FROM cart c LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
WHERE c.site = ?1 AND c.due <= ?2 AND (c.due < ?2 OR c.id < ?3) AND c.state = 0
ORDER BY c.due DESC, c.id DESC LIMIT ?4
