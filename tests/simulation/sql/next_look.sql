-- When a reminder can be claimed or a cart is due next. Index: outbox_next, cart_due. Reads: one a reminder that is open.
SELECT min(at) AS at FROM (
  SELECT (SELECT min(iif(state = 0, next, max(next, lease))) FROM outbox WHERE next IS NOT NULL AND state <= 2) AS at
  UNION ALL SELECT (SELECT min(due) FROM cart WHERE due IS NOT NULL))
