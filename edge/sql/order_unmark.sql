-- An order that was not paid after all: its marks go. Index: primary key. Rows: 1 a name.
-- ?1 site ?2 [key, …] ?3 number
DELETE FROM purchase WHERE site = ?1 AND key IN (SELECT value FROM json_each(?2)) AND number = ?3
