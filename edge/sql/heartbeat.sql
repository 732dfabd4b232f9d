-- Cron was here. Index: primary key. Rows: 1 a tick; reads: 0 (an update of the same row would read 1).
-- ?1 now ?2 note ?3 mails accepted in this tick, [[site, day, count], …] ?4 the site whose turn was last; null leaves it
INSERT INTO heartbeat (job, at, note, sent, sent_at, turn) VALUES ('cron', ?1, ?2, ?3, iif(?3 = '[]', 0, ?1), coalesce(?4, ''))
ON CONFLICT (job) DO UPDATE SET at = max(at, excluded.at), note = excluded.note, sent_at = max(sent_at, excluded.sent_at),
  turn = coalesce(?4, turn),
  sent = CASE WHEN excluded.sent = '[]' THEN sent WHEN sent = '[]' THEN excluded.sent
    ELSE rtrim(sent, ']') || '],' || substr(excluded.sent, 2) END
