-- IP blocks are kept for 24 hours, hashed. Index: outbox_block_age. Rows: 3 an unproven reminder.
-- ?1 24 hours ago
UPDATE outbox SET block = NULL, block_at = NULL WHERE block_at <= ?1
