-- Contacts of a merchant that still have an address by its hash. Walks the sites of the merchant: worlds are small.
-- ?1 merchant ?2 mailbox_hash
SELECT count(*) AS kept FROM contact k JOIN site s ON s.id = k.site
WHERE s.merchant = ?1 AND k.mailbox_hash = ?2 AND k.address IS NOT NULL
