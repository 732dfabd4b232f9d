-- What has arrived from a shop's pages and server so far. Index: primary keys, first rows of a site.
-- Reads: 1 to 5, and up to 100 contacts while none of them has agreed to anything.
-- ?1 site
SELECT s.tag_seen IS NOT NULL OR EXISTS (SELECT 1 FROM cart c WHERE c.site = s.id) AS tag,
  EXISTS (SELECT 1 FROM cart c WHERE c.site = s.id) AS cart,
  EXISTS (SELECT 1 FROM contact k WHERE k.site = s.id) AS email,
  EXISTS (SELECT 1 FROM (SELECT k.basis FROM contact k WHERE k.site = s.id LIMIT 100) WHERE basis IS NOT NULL) AS consent,
  EXISTS (SELECT 1 FROM orders r WHERE r.site = s.id) AS bought
FROM site s WHERE s.id = ?1
