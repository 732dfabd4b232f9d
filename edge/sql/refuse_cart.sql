-- A refusal wipes what was kept: the visitor's open carts become tombstones that drop late events.
-- Index: primary key (range of the visitor). Rows: 2 a cart.
-- ?1 site ?2 first cart id of the visitor ?3 first cart id behind them ?4 now
UPDATE cart SET state = 4, since = ?4, due = NULL, lines = '[]', items = 0, total = 0, token = NULL, customer = NULL, signed = 0,
  mailbox_hash = NULL, locale = NULL, zone = NULL, country = NULL, checkout_stage = NULL, consent = NULL, ip_prefix_hash = NULL,
  history = json_array(json_array(CAST(?4 AS INTEGER), 'refused', 0, 0))
WHERE site = ?1 AND id >= ?2 AND id < ?3 AND state IN (0, 1)
