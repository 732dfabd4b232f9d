-- Ended reminders that a stopped run left in the index of what is next. Index: outbox_next. Rows: 1 each.
-- ?1 now
UPDATE outbox SET next = NULL, lease = NULL, owner = NULL, ended_at = coalesce(ended_at, ?1) WHERE next <= ?1 AND state > 2
