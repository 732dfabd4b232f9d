-- Every reminder. Walks the table: worlds are small.
SELECT site, cart, run, step, state, reason, scheduled, next FROM outbox
