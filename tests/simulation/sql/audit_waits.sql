-- Every reminder with its proof, and whether it waited for a share, also after a grant or a release. Walks the table: worlds are small.
SELECT o.site, o.cart, o.cycle, o.step, o.proof, o.waits_since IS NOT NULL AS waited, coalesce(o.reason, '') AS reason,
  CASE
    WHEN o.released = 2 AND o.reason IN ('network_share', 'site_share', 'flood') THEN 'though staff had let it go'
    WHEN o.waits_since IS NOT NULL AND EXISTS (SELECT 1 FROM outbox x WHERE x.site = o.site AND x.cart = o.cart AND x.cycle = o.cycle
      AND x.position < o.position AND x.mailbox_hash = o.mailbox_hash AND x.trust IS NOT NULL AND x.first < o.waits_since - 180000)
      THEN 'though an earlier step had its grant'
    ELSE '' END AS unjust,
  iif(o.released = 2, o.waits_since, NULL) AS let_go_after, o.counted_at
FROM outbox o
