-- The reminders of a cart (?1), for assertions; reads the front of the primary key of a small table.
SELECT step, state, reason FROM outbox WHERE cart = ?1 ORDER BY cycle, position
