-- The tag was found on a page of the shop for the first time. Index: primary key. Rows: 1, then never again.
-- ?1 site ?2 now
UPDATE site SET tag_seen = ?2 WHERE id = ?1 AND tag_seen IS NULL
