-- Cron was here. Index: primary key. Rows: 1 a tick; reads: 0 (an update of the same row would read 1).
-- ?1 now ?2 note
INSERT INTO heartbeat (job, at, note) VALUES ('cron', ?1, ?2)
ON CONFLICT (job) DO UPDATE SET at = max(at, excluded.at), note = excluded.note
