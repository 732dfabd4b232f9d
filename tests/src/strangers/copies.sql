-- Copies the cart `:last` of `:site` so many times (`:copies`), each under a visitor of its own behind the number `:first`.
INSERT INTO cart (site, id, version, state, since, created, day, active_at, due, currency, total, items, lines, customer, mailbox_hash,
  mailbox_version, identified_at, consent, consent_version, network, operator, history)
WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < :copies)
SELECT site, printf('01JE%022d.1', :first + number), version, state, since, created, day, active_at, due, currency, total, items, lines, customer,
  mailbox_hash, mailbox_version, identified_at, consent, consent_version, network, operator, history
FROM cart CROSS JOIN numbers WHERE site = :site AND id = :last
