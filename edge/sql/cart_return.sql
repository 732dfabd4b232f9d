-- The same for a cart that the shopper comes back to: abandoned before, at rest because it was empty, or excluded for
-- what was known of it then, which is judged anew.
-- Asked only when cart_event.sql changed nothing. Index: primary key. Rows: 2 to 3; duplicate or older 0.
-- Parameters as in cart_event.sql.
UPDATE cart SET
  state = 0,
  exclusion = NULL,
  since = ?4,
  due = ?7,
  version = iif(?8 AND ?3 > version, ?3, version),
  currency = iif(?8 AND ?3 > version, ?9, currency),
  total = iif(?8 AND ?3 > version, ?10, total),
  items = iif(?8 AND ?3 > version, ?11, items),
  lines = iif(?8 AND ?3 > version, ?12, lines),
  token = coalesce(iif(?8 AND ?3 > version, ?13, NULL), token),
  active_at = max(active_at, ?6),
  locale = coalesce(?14, locale),
  zone = coalesce(?15, zone),
  country = coalesce(?16, country),
  checkout_stage = coalesce(?17, checkout_stage),
  customer = iif(?26 AND NOT signed, ?18, coalesce(customer, ?18)),
  signed = signed OR ?26,
  mailbox_hash = iif(?19 IS NOT NULL AND ?3 > mailbox_version, ?19, mailbox_hash),
  mailbox_version = iif(?19 IS NOT NULL AND ?3 > mailbox_version, ?3, mailbox_version),
  identified_at = coalesce(identified_at, iif(?19 IS NULL, NULL, ?6)),
  consent = iif(?20 IS NOT NULL AND ?3 > consent_version, ?20, consent),
  consent_version = iif(?20 IS NOT NULL AND ?3 > consent_version, ?3, consent_version),
  session_minted = coalesce(session_minted, ?21),
  session_last = max(session_last, ?4),
  ip_prefix_hash = iif(?19 IS NOT NULL AND ?3 > mailbox_version, ?24, ip_prefix_hash),
  ip_prefix_at = iif(?19 IS NOT NULL AND ?3 > mailbox_version, ?4, ip_prefix_at),
  via = coalesce(via, ?22),
  via_at = coalesce(via_at, iif(?22 IS NULL, NULL, ?4)),
  history = json_insert(iif(json_array_length(history) < 64, history, json_remove(history, '$[1]')), '$[#]', json(?23))
WHERE site = ?1 AND id = ?2 AND NOT ?25 AND (state = 1 OR (state = 0 AND due IS NULL) OR (state = 4 AND exclusion <> 'program')) AND (
  (?8 AND ?3 > version)
  OR (?19 IS NOT NULL AND ?3 > mailbox_version)
  OR (?20 IS NOT NULL AND ?3 > consent_version)
  OR (?18 IS NOT NULL AND customer IS NULL)
  OR (?26 AND NOT signed)
  OR (?22 IS NOT NULL AND via IS NULL))
RETURNING mailbox_hash, via
