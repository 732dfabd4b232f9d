-- The shop's catalogue: what mails may say about a product.

-- name: write_products
-- Replaces entries of the catalogue; unchanged ones keep their row.
-- Index: primary key. Rows: 1 an entry.
-- takes: site site_id, entries json (`[{id, variant, sku, name, price, currency, url, image, available}]`), now time
INSERT INTO product (site, id, variant, sku, name, price, currency, url, image, available, read_at)
SELECT :site, value ->> 'id', value ->> 'variant', value ->> 'sku', value ->> 'name', value ->> 'price', value ->> 'currency',
  value ->> 'url', value ->> 'image', value ->> 'available', :now
FROM json_each(:entries) WHERE true
ON CONFLICT (site, id, variant) DO UPDATE SET sku = excluded.sku, name = excluded.name, price = excluded.price,
  currency = excluded.currency, url = excluded.url, image = excluded.image, available = excluded.available, read_at = excluded.read_at
