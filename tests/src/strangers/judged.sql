-- Counts the carts that were planned and the reminders that were judged at a gate since `:at`, over all sites.
SELECT (SELECT count(*) FROM cart WHERE abandoned_at >= :at OR (exclusion IS NOT NULL AND since >= :at)) AS carts,
  (SELECT count(*) FROM outbox WHERE planned_at < :at AND (reason_at >= :at OR ended_at >= :at)) AS mails
