-- Every reminder. Walks the table: worlds are small.
SELECT site, cart, cycle, step, state, reason, scheduled, planned_at, next, waits_since IS NOT NULL AS waited FROM outbox
