-- Counts carts that are due and reminders that no gate has judged yet, at `:now`.
SELECT (SELECT count(*) FROM cart WHERE due <= :now) AS carts,
  (SELECT count(*) FROM outbox WHERE next <= :now AND state IN (0, 1, 2) AND reason IS NULL) AS reminders
