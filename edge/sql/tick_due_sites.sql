-- Which of several sites have anything due. Index: outbox_next, cart_due. Reads: 3 a site, 5 where something is due.
-- ?1 now ?2 [site, …]
SELECT value AS site, EXISTS (SELECT 1 FROM outbox WHERE site = value AND next <= ?1) AS reminders,
  EXISTS (SELECT 1 FROM cart WHERE site = value AND due <= ?1) AS carts
FROM json_each(?2) WHERE reminders OR carts
