-- Everything that may name a person, as one column a row.
SELECT address AS text FROM contact UNION ALL SELECT key FROM identity UNION ALL SELECT key FROM purchase
UNION ALL SELECT json_array(customer, token, lines, history) FROM cart UNION ALL SELECT detail FROM outbox
