-- Counts carts of `:site` that count as verified under another address than `:own`.
SELECT count(*) FROM cart c JOIN contact k ON k.site = c.site AND k.mailbox_hash = c.mailbox_hash
WHERE c.site = :site AND c.proof >= 3 AND k.address <> :own
