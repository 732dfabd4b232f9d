-- Lists all carts with the state that the demo prints; a demo's database is small, so no index is needed.
SELECT
  id,
  CASE
    WHEN recovered = 1 THEN 'recovered'
    ELSE CASE state WHEN 0 THEN 'active' WHEN 1 THEN 'abandoned' WHEN 2 THEN 'ordered' WHEN 3 THEN 'expired' ELSE 'discarded' END
  END AS word,
  items
FROM cart
ORDER BY created
