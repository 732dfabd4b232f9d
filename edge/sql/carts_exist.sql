-- Whether a site has ever seen a cart. Index: primary key. Reads: 1.
-- ?1 site
SELECT 1 FROM cart WHERE site = ?1 LIMIT 1
