-- Counts calls and rows of each invocation of the Worker, from the spans that the runtime records.
-- Run by the local explorer over a few hundred spans, never by the Worker. `:since` is replaced by milliseconds since 1970.
SELECT
  root.name AS name,
  coalesce(json_extract(json(root.attributes), '$."url.full"'), '') AS address,
  count(part.span_id) AS calls,
  total(json_extract(json(part.attributes), '$."cloudflare.d1.response.rows_read"')) AS rows_read,
  total(json_extract(json(part.attributes), '$."cloudflare.d1.response.rows_written"')) AS rows_written
FROM spans AS root
LEFT JOIN spans AS part ON part.trace_id = root.trace_id AND part.name LIKE 'd1\_%' ESCAPE '\'
WHERE root.parent_id IS NULL AND root.start_ms >= :since
GROUP BY root.trace_id
ORDER BY root.start_ms
