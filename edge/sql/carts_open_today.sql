-- Carts made today that are still active and so in no counter yet; at most 1,000 are looked at. Index: cart_due.
-- ?1 site ?2 day
SELECT count(*) AS carts, count(mailbox_hash) AS identified FROM (
  SELECT site, day, mailbox_hash, state, via, abandoned_at, items FROM cart WHERE site = ?1 AND due IS NOT NULL ORDER BY due LIMIT 1000)
WHERE day = ?2 AND state = 0 AND abandoned_at IS NULL AND via IS NULL AND items > 0
