-- How many sites do not send because their breaker fell. Index: breaker_until. Reads: one each.
-- ?1 now
SELECT count(*) AS sites FROM breaker WHERE until > ?1
