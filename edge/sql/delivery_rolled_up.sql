-- Behind delivery_roll_up.sql in the same batch: what was counted is taken off the heartbeat. Index: primary key. Rows: 1, or 0.
UPDATE heartbeat SET sent = '[]' WHERE job = 'cron' AND sent <> '[]'
