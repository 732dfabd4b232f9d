-- Keeps the address behind a cart and what its owner agreed to; runs behind cart_event.sql in the same batch.
-- The newer word about mail counts, and of two at the same moment the refusal.
-- Index: primary keys of cart and contact. Rows: new 1, changed 1, unchanged 0.
-- ?1 site ?2 cart ?3 mailbox_hash of the event ?4 address of the event ?5 now
INSERT INTO contact (site, mailbox_hash, address, carts, basis, basis_at, basis_wording, basis_source, refused_at, created)
SELECT ?1, c.mailbox_hash, iif(c.mailbox_hash = ?3, ?4, NULL), json_array(?2),
  nullif(c.consent ->> '$.mail', 'denied'), c.consent ->> '$.at', c.consent ->> '$.wording', c.consent ->> '$.source',
  iif(c.consent ->> '$.mail' = 'denied', c.consent ->> '$.at', NULL), ?5
FROM cart c
WHERE c.site = ?1 AND c.id = ?2 AND c.mailbox_hash IS NOT NULL AND c.state IN (0, 1)
ON CONFLICT (site, mailbox_hash) DO UPDATE SET
  address = coalesce(excluded.address, address),
  carts = iif(EXISTS (SELECT 1 FROM json_each(contact.carts) WHERE value = ?2), contact.carts, json_insert(contact.carts, '$[#]', ?2)),
  basis = iif((excluded.basis_at, excluded.refused_at IS NOT NULL) > (coalesce(contact.basis_at, 0), contact.refused_at IS NOT NULL), excluded.basis, contact.basis),
  basis_wording = iif((excluded.basis_at, excluded.refused_at IS NOT NULL) > (coalesce(contact.basis_at, 0), contact.refused_at IS NOT NULL), excluded.basis_wording, contact.basis_wording),
  basis_source = iif((excluded.basis_at, excluded.refused_at IS NOT NULL) > (coalesce(contact.basis_at, 0), contact.refused_at IS NOT NULL), excluded.basis_source, contact.basis_source),
  refused_at = iif((excluded.basis_at, excluded.refused_at IS NOT NULL) > (coalesce(contact.basis_at, 0), contact.refused_at IS NOT NULL), excluded.refused_at, contact.refused_at),
  basis_at = max(coalesce(contact.basis_at, 0), coalesce(excluded.basis_at, 0))
WHERE contact.erased_at IS NULL AND (
  (excluded.address IS NOT NULL AND excluded.address IS NOT contact.address)
  OR (excluded.basis_at, excluded.refused_at IS NOT NULL) > (coalesce(contact.basis_at, 0), contact.refused_at IS NOT NULL)
  OR NOT EXISTS (SELECT 1 FROM json_each(contact.carts) WHERE value = ?2))
