-- A refusal in the browser: whoever stands behind this visitor's carts is not mailed.
-- Index: primary keys. Rows: one for each contact of the visitor.
-- ?1 site ?2 first cart id of the visitor ?3 first cart id behind them ?4 now
UPDATE contact SET refused_at = ?4, basis = NULL, basis_at = max(coalesce(basis_at, 0), ?4)
WHERE site = ?1 AND refused_at IS NULL
  AND mailbox_hash IN (SELECT mailbox_hash FROM cart WHERE site = ?1 AND id >= ?2 AND id < ?3 AND mailbox_hash IS NOT NULL AND state IN (0, 1))
