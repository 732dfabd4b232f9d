-- Takes the other members of batches that a run came upon, so that a batch is repeated whole or not at all.
-- Index: outbox_batch. Rows: 1 a reminder.
-- ?1 [batch, …] ?2 owner ?3 lease until ?4 now
UPDATE outbox SET state = 1, owner = ?2, lease = ?3
WHERE batch IN (SELECT value FROM json_each(?1)) AND (state = 0 OR (state IN (1, 2) AND lease <= ?4))
RETURNING site, cart, cycle, step, position, mailbox_hash, trust, scheduled, first, tries, version, template, locale, hash, provider, batch
