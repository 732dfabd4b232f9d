-- Notes the first confirmed visit through a mail. Index: primary key. Rows: 1, once.
-- ?1 site ?2 cart ?3 bit ?4 now
UPDATE cart SET returned_at = ?4, counted = counted | ?3,
  history = json_insert(iif(json_array_length(history) < 64, history, json_remove(history, '$[1]')), '$[#]',
    json_array(CAST(?4 AS INTEGER), 'returned', items, total))
WHERE site = ?1 AND id = ?2 AND returned_at IS NULL
