-- Everybody who left a cart of a site has an address and agreed. Rows: 1 a cart.
-- ?1 site
INSERT OR IGNORE INTO contact (site, mailbox_hash, address, carts, basis, basis_at, basis_wording, basis_source, said_by, created)
SELECT site, mailbox_hash, mailbox_hash || '@shopper.example', json_array(id), 'express', created, 'express-en-1', 'box', substr(id, 1, instr(id, '.') - 1), created
FROM cart WHERE site = ?1
