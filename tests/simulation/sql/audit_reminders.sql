-- Every reminder. Walks the table: worlds are small.
SELECT site, cart, run, step, state, reason, scheduled, planned_at, next FROM outbox
