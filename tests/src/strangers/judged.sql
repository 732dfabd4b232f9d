-- Counts the carts that are planned and the reminders that were judged at a gate, over all sites.
SELECT (SELECT count(*) FROM cart WHERE abandoned_at IS NOT NULL OR exclusion IS NOT NULL) AS carts,
  (SELECT count(*) FROM outbox WHERE reason_at IS NOT NULL OR ended_at IS NOT NULL) AS mails
