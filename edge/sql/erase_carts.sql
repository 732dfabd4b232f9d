-- Takes an erased person out of their carts and those rebuilt from them; open ones become tombstones, the others keep
-- their place in the metrics. Walks the sites of the merchant, which are few. Index: primary keys. Rows: 1 to 3 a cart.
-- ?1 merchant ?2 mailbox_hash ?3 now
UPDATE cart SET since = iif(state IN (0, 1), ?3, since), due = NULL, lines = '[]', token = NULL, customer = NULL, signed = 0, mailbox_hash = NULL,
  items = iif(state IN (0, 1), 0, items), total = iif(state IN (0, 1), 0, total),
  locale = NULL, zone = NULL, country = NULL, checkout_stage = NULL, consent = NULL, ip_prefix_hash = NULL, ip_prefix_at = NULL,
  history = json_array(json_array(CAST(?3 AS INTEGER), 'erased', 0, 0)), state = iif(state IN (0, 1), 4, state)
WHERE (site, id) IN (
  SELECT c.site, c.id
  FROM site s CROSS JOIN contact k ON k.site = s.id AND k.mailbox_hash = ?2 CROSS JOIN json_each(k.carts) n
  CROSS JOIN cart c ON c.site = k.site AND coalesce(c.mailbox_hash, ?2) = ?2 AND c.id IN (n.value,
    (SELECT o.superseded_by FROM cart o WHERE o.site = k.site AND o.id = n.value AND o.mailbox_hash = ?2))
  WHERE s.merchant = ?1)
