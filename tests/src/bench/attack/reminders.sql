-- The first reminder of each cart: when it was due, when it left for the first time, and why it did not.
SELECT cart, scheduled, first, reason FROM outbox WHERE position = 0
