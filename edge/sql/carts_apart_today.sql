-- Carts begun today that are excluded; at most the 1,000 newest are looked at. A cart is excluded after it was begun, so
-- those of today came to it since yesterday. Index: cart_list. Reads: 1 a cart.
-- ?1 site ?2 a day ago, and some more for the night in which the clock is put back ?3 day
SELECT count(*) AS carts FROM (
  SELECT day, exclusion FROM cart WHERE site = ?1 AND state = 4 AND likely(state > 0) AND since > ?2 ORDER BY since DESC LIMIT 1000)
WHERE day = ?3 AND exclusion IS NOT NULL
