-- Carts that are looked at again later, with the step planned now, if any. Index: primary key. Rows: 2 a cart, 1 when at rest.
-- A hashed IP prefix that is no longer needed, or would be too old at the next look, is taken away (plan_abandon.sql too).
-- ?1 as in plan_abandon.sql
UPDATE cart SET due = j.next, counted = counted | j.bits,
  ip_prefix_hash = iif(j.step IS NOT NULL OR j.next IS NULL OR j.next > ip_prefix_at + 86400000, NULL, ip_prefix_hash),
  planned = iif(j.step IS NULL, planned, json_insert(planned, '$[#]', j.step))
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'version' AS version, value ->> 'active' AS active,
    value ->> 'due' AS due, value ->> 'next' AS next, value ->> 'step' AS step, value ->> 'bits' AS bits
  FROM json_each(?1) WHERE NOT value ->> 'abandon') j
WHERE cart.site = j.site AND cart.id = j.cart
  AND cart.version = j.version AND cart.active_at = j.active AND cart.due = j.due
