-- IP prefixes are kept for 24 hours, hashed. Index: outbox_ip_prefix_age. Rows: 3 an unproven reminder.
-- ?1 24 hours ago
UPDATE outbox SET ip_prefix_hash = NULL, ip_prefix_at = NULL WHERE ip_prefix_at <= ?1
