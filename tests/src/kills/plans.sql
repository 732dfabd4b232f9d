-- Carts that a planner has done half of: abandoned without being counted, or a reminder that their row does not name.
SELECT c.id, c.state, c.planned, c.counted, (SELECT json_group_array(o.step) FROM outbox o WHERE o.site = c.site AND o.cart = c.id) AS steps
FROM cart c
WHERE (SELECT count(*) FROM outbox o WHERE o.site = c.site AND o.cart = c.id) <> json_array_length(c.planned)
  OR (c.state = 1) <> (c.counted <> 0)
