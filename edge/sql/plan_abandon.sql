-- Carts that become abandoned now, or turn out to be no shopper's. Index: primary key.
-- Rows: 3 a cart (row, due, list), 2 when nothing more is due; +1 for one kept apart that was abandoned before.
-- ?1 [{site, cart, version, active, due, next, step, bits, abandon, apart}] ?2 now
UPDATE cart SET state = iif(j.apart IS NULL, 1, 4), since = ?2, apart = j.apart,
  abandoned_at = iif(j.apart IS NULL, coalesce(abandoned_at, ?2), abandoned_at), due = j.next, counted = counted | j.bits,
  block = iif(j.step IS NOT NULL OR j.next IS NULL OR j.next > block_at + 86400000, NULL, block),
  planned = iif(j.step IS NULL, planned, json_insert(planned, '$[#]', j.step)),
  history = json_insert(iif(json_array_length(history) < 64, history, json_remove(history, '$[1]')), '$[#]',
    json_array(CAST(?2 AS INTEGER), iif(j.apart IS NULL, 'abandoned', 'apart'), items, total))
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'version' AS version, value ->> 'active' AS active,
    value ->> 'due' AS due, value ->> 'next' AS next, value ->> 'step' AS step, value ->> 'bits' AS bits,
    value ->> 'apart' AS apart
  FROM json_each(?1) WHERE value ->> 'abandon') j
WHERE cart.site = j.site AND cart.id = j.cart AND (cart.state = 0 OR j.apart IS NOT NULL)
  AND cart.version = j.version AND cart.active_at = j.active AND cart.due = j.due
