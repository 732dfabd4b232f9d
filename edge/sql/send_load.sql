-- What the claimed reminders are about. Index: primary keys. Reads: 4 a reminder.
-- ?1 [{site, cart, cycle, step, mailbox_hash}]
SELECT j.key AS place, c.version, c.currency, c.total, c.lines, c.locale, c.zone, c.country, k.address, s.name, s.settings
FROM json_each(?1) j
JOIN site s ON s.id = j.value ->> 'site'
LEFT JOIN cart c ON c.site = j.value ->> 'site' AND c.id = j.value ->> 'cart'
LEFT JOIN contact k ON k.site = j.value ->> 'site' AND k.mailbox_hash = j.value ->> 'mailbox_hash'
