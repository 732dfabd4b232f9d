-- Closes, reopens or hands over the carts of an order. Index: primary key (by the list of
-- ids; without it all carts of the site would be walked). Rows: 2 to 3 a cart.
-- ?1 site ?2 [{cart, state, due, number, total, currency, confirmed, recovered, counted, superseded}] ?3 number ?4 writer ?5 now
UPDATE cart SET state = j.state, since = iif(cart.state = j.state, since, ?5), due = j.due, ip_prefix_hash = NULL,
  ordered_at = iif(j.state = 2, coalesce(ordered_at, ?5), NULL),
  order_number = j.number, order_total = j.total, order_currency = j.currency, order_confirmed = j.confirmed,
  recovered = j.recovered, counted = j.counted, superseded_by = coalesce(superseded_by, j.superseded)
FROM (SELECT value ->> 'cart' AS cart, value ->> 'state' AS state, value ->> 'due' AS due, value ->> 'number' AS number,
    value ->> 'total' AS total, value ->> 'currency' AS currency, value ->> 'confirmed' AS confirmed,
    value ->> 'recovered' AS recovered, value ->> 'counted' AS counted, value ->> 'superseded' AS superseded
  FROM json_each(?2)) j
WHERE cart.site = ?1 AND cart.id IN (SELECT value ->> 'cart' FROM json_each(?2)) AND cart.id = j.cart
  AND EXISTS (SELECT 1 FROM orders WHERE site = ?1 AND number = ?3 AND writer = ?4)
