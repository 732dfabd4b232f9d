-- When a reminder can be claimed, a lost answer be asked about or a cart is due next; whether anybody waits for a site's share.
-- Index: outbox_next, outbox_look_up, cart_due, outbox_waits. Reads: one a reminder that is open.
SELECT min(at) AS at, EXISTS (
  SELECT 1 FROM site s CROSS JOIN outbox o ON o.site = s.id AND o.waits_for = 1) AS waits FROM (
  SELECT (SELECT min(iif(o.state = 0, o.next, max(o.next, o.lease))) FROM site s CROSS JOIN outbox o ON o.site = s.id
    AND o.next IS NOT NULL AND o.state <= 2) AS at
  UNION ALL SELECT (SELECT min(look_up_at) FROM outbox WHERE look_up_at IS NOT NULL)
  UNION ALL SELECT (SELECT min((SELECT min(due) FROM cart WHERE site = s.id AND due IS NOT NULL)) FROM site s))
