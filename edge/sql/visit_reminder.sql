-- Notes which reminder brought the shopper back. Index: primary key. Rows: 1, once.
-- ?1 site ?2 cart ?3 cycle ?4 step ?5 now
UPDATE outbox SET visited_at = ?5 WHERE site = ?1 AND cart = ?2 AND cycle = ?3 AND step = ?4 AND visited_at IS NULL
