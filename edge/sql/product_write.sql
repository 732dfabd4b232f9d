-- Replaces entries of the catalogue; unchanged ones keep their row. Index: primary key. Rows: 1 an entry.
-- ?1 site ?2 [{id, variant, sku, name, price, currency, url, image, available}] ?3 now
INSERT INTO product (site, id, variant, sku, name, price, currency, url, image, available, read_at)
SELECT ?1, value ->> 'id', value ->> 'variant', value ->> 'sku', value ->> 'name', value ->> 'price', value ->> 'currency',
  value ->> 'url', value ->> 'image', value ->> 'available', ?3
FROM json_each(?2) WHERE true
ON CONFLICT (site, id, variant) DO UPDATE SET sku = excluded.sku, name = excluded.name, price = excluded.price,
  currency = excluded.currency, url = excluded.url, image = excluded.image, available = excluded.available, read_at = excluded.read_at
