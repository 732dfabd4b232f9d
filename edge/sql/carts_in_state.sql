-- A page of carts in one state, the newest first; the key is as in carts_active.sql.
-- Index: cart_list; `likely` keeps the planner from walking all states by `state > 0`, which only opens the partial index.
-- Reads: about 3 a cart of the page.
-- ?1 site ?2 state ?3 since before ?4 id before, among those since then ?5 how many
SELECT c.id, c.state, c.active_at, c.items, coalesce(c.order_total, c.total) AS worth,
  iif(c.order_total IS NULL, c.currency, c.order_currency) AS worth_currency, c.recovered,
  coalesce(c.lines ->> '$[0].name', c.lines ->> '$[0].product', '') AS first_item, c.mailbox_hash IS NOT NULL AS has_address, k.address,
  (SELECT json_array(o.position, o.state, o.reason, coalesce(o.ended_at, o.next, o.planned_at)) FROM outbox o
    WHERE o.site = c.site AND o.cart = c.id ORDER BY o.planned_at DESC, o.position DESC LIMIT 1) AS last_reminder,
  c.due, c.since AS key, c.exclusion
FROM cart c LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
WHERE c.site = ?1 AND c.state = ?2 AND likely(c.state > 0) AND c.since <= ?3 AND (c.since < ?3 OR c.id < ?4)
ORDER BY c.since DESC, c.id DESC LIMIT ?5
