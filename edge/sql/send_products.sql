-- What the catalogue says about the lines of the claimed reminders; an entry without a variant stands for all of them.
-- Index: primary key of product. Reads: 1 to 2 a line.
-- ?1 [{site, cart, cycle, step, mailbox_hash}]
SELECT DISTINCT p.site, p.id, p.variant, p.name, p.price, p.currency, p.url, p.image, p.available
FROM json_each(?1) j
CROSS JOIN cart c ON c.site = j.value ->> 'site' AND c.id = j.value ->> 'cart'
CROSS JOIN json_each(c.lines) l
CROSS JOIN product p ON p.site = c.site AND p.id = l.value ->> 'product' AND p.variant IN (coalesce(l.value ->> 'variant', ''), '')
