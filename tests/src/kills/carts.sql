-- What of each cart's events has been kept, with the address its mailbox_hash stands for; a test's database is small.
SELECT c.id, c.version, c.items, c.mailbox_version, k.address
FROM cart c LEFT JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
ORDER BY c.id
