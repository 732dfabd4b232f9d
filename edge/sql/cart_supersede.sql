-- A cart rebuilt from a reminder takes the place of the one it came from, whose mails stop.
-- Index: primary key. Rows: 1 once, else 0.
-- ?1 site ?2 the new cart ?3 the old cart
UPDATE cart SET superseded_by = ?2 WHERE site = ?1 AND id = ?3 AND id <> ?2 AND superseded_by IS NULL AND state IN (0, 1)
