-- For the demo's output: carts whose mail waits for a place in a share, or for somebody's word.
SELECT DISTINCT cart FROM outbox WHERE waits_for IS NOT NULL AND state = 0 ORDER BY cart
