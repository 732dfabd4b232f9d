-- The database was put back to an earlier time: reminders meant to leave until ?1 may have left. Index: primary key. Rows: 1.
-- ?1 when something was last sent
UPDATE deployment SET restored_until = max(restored_until, ?1) WHERE id = 1
