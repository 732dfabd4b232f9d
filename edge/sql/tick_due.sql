-- Whether anything is due: reminders, carts. Index: outbox_next, cart_due. Reads: 2, however many carts there are.
-- ?1 now
SELECT EXISTS (SELECT 1 FROM outbox WHERE next <= ?1) AS reminders, EXISTS (SELECT 1 FROM cart WHERE due <= ?1) AS carts
