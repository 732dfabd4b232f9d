-- Carts that become abandoned now, or turn out to be no shopper's. Index: primary key.
-- Rows: 3 a cart (row, due, list), 2 when nothing more is due; +1 for one excluded that was abandoned before.
-- ?1 [{site, cart, version, active, due, next, step, bits, abandon, exclusion}] ?2 now
UPDATE cart SET state = iif(j.exclusion IS NULL, 1, 4), since = ?2, exclusion = j.exclusion,
  abandoned_at = iif(j.exclusion IS NULL, coalesce(abandoned_at, ?2), abandoned_at), due = j.next, counted = counted | j.bits,
  ip_prefix_hash = iif(j.step IS NOT NULL OR j.next IS NULL OR j.next > ip_prefix_at + 86400000, NULL, ip_prefix_hash),
  planned = iif(j.step IS NULL, planned, json_insert(planned, '$[#]', j.step)),
  history = json_insert(iif(json_array_length(history) < 64, history, json_remove(history, '$[1]')), '$[#]',
    json_array(CAST(?2 AS INTEGER), iif(j.exclusion IS NULL, 'abandoned', 'excluded'), items, total))
FROM (SELECT value ->> 'site' AS site, value ->> 'cart' AS cart, value ->> 'version' AS version, value ->> 'active' AS active,
    value ->> 'due' AS due, value ->> 'next' AS next, value ->> 'step' AS step, value ->> 'bits' AS bits,
    value ->> 'exclusion' AS exclusion
  FROM json_each(?1) WHERE value ->> 'abandon') j
WHERE cart.site = j.site AND cart.id = j.cart AND (cart.state = 0 OR j.exclusion IS NOT NULL)
  AND cart.version = j.version AND cart.active_at = j.active AND cart.due = j.due
