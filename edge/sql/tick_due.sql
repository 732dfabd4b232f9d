-- Whether anything of one site is due, which is all there is in most deployments. Index: outbox_next, cart_due.
-- Reads: 2, however many carts there are.
-- ?1 now ?2 site
SELECT EXISTS (SELECT 1 FROM outbox WHERE site = ?2 AND next <= ?1) AS reminders,
  EXISTS (SELECT 1 FROM cart WHERE site = ?2 AND due <= ?1) AS carts
