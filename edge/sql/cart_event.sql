-- Folds one event into its cart: the usual case, an active cart that has a due time.
-- Index: primary key. Rows: new cart 2 (row, due), change 1, duplicate or older 0; +1 once for each new name (trigger).
-- ?1 site ?2 cart ?3 version ?4 received ?5 day ?6 active_at ?7 due ?8 has content ?9 currency ?10 total ?11 items
-- ?12 lines ?13 token ?14 locale ?15 zone ?16 country ?17 step ?18 customer ?19 mailbox_hash ?20 consent
-- ?21 session minted ?22 via ?23 history entry ?24 hashed IP prefix of an address that nobody vouches for
-- ?25 state of a new cart: 4 where a program drove the browser, which changes no cart that is there
-- ?26 whether the shop signed the customer's id; a name that it did not sign gives way to one that it did
INSERT INTO cart (site, id, state, version, since, created, day, active_at, due, currency, total, items, lines, token, locale, zone,
  country, checkout_stage, customer, signed, mailbox_hash, mailbox_version, identified_at, consent, consent_version, session_minted, session_last, ip_prefix_hash, ip_prefix_at,
  via, via_at, exclusion, history)
SELECT ?1, ?2, ?25, iif(?8, ?3, ''), ?4, ?6, ?5, ?6, iif(?25, NULL, ?7), ?9, ?10, ?11, ?12, ?13, ?14, ?15,
  ?16, ?17, ?18, ?26, ?19, iif(?19 IS NULL, '', ?3), iif(?19 IS NULL, NULL, ?6), ?20, iif(?20 IS NULL, '', ?3), ?21, ?4, ?24, ?4,
  ?22, iif(?22 IS NULL, NULL, ?4), iif(?25, 'program', NULL), json_array(json(?23))
WHERE NOT EXISTS (SELECT 1 FROM purchase WHERE site = ?1 AND key = 'cart:' || ?2 AND status = 'placed')
ON CONFLICT (site, id) DO UPDATE SET
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
WHERE state = 0 AND due IS NOT NULL AND NOT ?25 AND (
  (?8 AND ?3 > version)
  OR (?19 IS NOT NULL AND ?3 > mailbox_version)
  OR (?20 IS NOT NULL AND ?3 > consent_version)
  OR (?18 IS NOT NULL AND customer IS NULL)
  OR (?26 AND NOT signed)
  OR (?22 IS NOT NULL AND via IS NULL))
RETURNING mailbox_hash, via
