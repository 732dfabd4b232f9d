-- Carts that were mailed, as shown and as their reminders say. Walks the tables: worlds are small.
SELECT s.id, coalesce((SELECT sum(value) FROM metric f WHERE f.site = s.id AND f.name = 'notified'), 0) AS shown,
  (SELECT count(DISTINCT o.cart) FROM outbox o WHERE o.site = s.id AND o.state = 3) AS counted
FROM site s
