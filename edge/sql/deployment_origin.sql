-- Where this deployment answers; links in mails begin with it. Index: primary key. Rows: 1.
-- ?1 origin
UPDATE deployment SET origin = ?1 WHERE id = 1
