-- All sites. Walks the primary key. Reads: 1 a site.
SELECT id FROM site ORDER BY id
