-- Rows that no version of ours has written: JSON of another shape, a currency and a metric that there are not.
UPDATE cart SET history = '{"a":1}', lines = '[1]', consent = '7', currency = 'XXX', via = '';
INSERT INTO metric (site, day, name, currency, value) VALUES ('shop', 20251124, 'of tomorrow', '', 3);
