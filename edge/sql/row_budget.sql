-- The rows that a deployment has written in a day: summed, and read for the health page.

-- name: count_rows
-- Adds an isolate's rows to those of the day, and those of networks that wrote many; another day begins anew. At most a
-- hundred networks are kept, those with the most rows.
-- Index: primary key. Rows: 1, once for about a hundred rows that are written. Reads: 1.
-- takes: day integer (YYYYMMDD in UTC), rows integer, networks json (`{name: rows, …}`)
-- gives: written integer (rows of the day), networks json
INSERT INTO row_budget (id, day, written, networks) VALUES (1, :day, :rows, :networks)
ON CONFLICT (id) DO UPDATE SET day = excluded.day,
  written = iif(row_budget.day = excluded.day, row_budget.written, 0) + excluded.written,
  networks = iif(row_budget.day <> excluded.day, excluded.networks, (
    SELECT json_group_object(name, rows) FROM (
      SELECT name, sum(rows) AS rows FROM (
        SELECT key AS name, value AS rows FROM json_each(row_budget.networks)
        UNION ALL SELECT key, value FROM json_each(:networks)
      ) GROUP BY name ORDER BY 2 DESC LIMIT 100)))
RETURNING written, networks

-- name: read_row_budget
-- The rows that are written on a day, as far as the isolates have told.
-- Index: primary key. Reads: 1.
-- takes: day integer (YYYYMMDD in UTC)
-- gives: written integer
SELECT written FROM row_budget WHERE id = 1 AND day = :day

-- name: read_shed_cart
-- What decides whether a cart's event is shed; asked only once the rows of the day or of a network are scarce.
-- Index: primary key. Reads: 1.
-- takes: site site_id, cart cart_id, session text? (nonce of the event's session)
-- gives: is_identified boolean, is_own_open boolean (not closed yet, and of the browser that shows this session), active_at time
SELECT mailbox_hash IS NOT NULL OR signed AS is_identified, state IN (0, 1) AND session IS :session AS is_own_open, active_at
FROM cart WHERE site = :site AND id = :cart
