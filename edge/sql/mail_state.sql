-- Whether the mail provider stops the runs, and what it says; '' when it takes mails again. `at` is when that began.
-- Index: primary key. Rows: 1 where the provider stopped a run or takes mails again.
-- ?1 now ?2 note
INSERT INTO heartbeat (job, at, note) VALUES ('mail', ?1, ?2)
ON CONFLICT (job) DO UPDATE SET at = iif(note = '' OR excluded.note = '', excluded.at, at), note = excluded.note
