-- Sites, their merchant and the deployment: settings, set-up, installation, pauses.

-- name: read_site
-- One site.
-- Index: primary key. Reads: 1.
-- takes: site site_id
-- gives: id site_id, merchant merchant_id, name text, state site_state, paused boolean, settings json
SELECT id, merchant, name, state, paused, settings FROM site WHERE id = :site

-- name: read_first_site
-- The first of the deployment's sites, for the dashboard of a single shop.
-- Index: primary key. Reads: 1.
-- gives: as read_site
SELECT id, merchant, name, state, paused, settings FROM site ORDER BY id LIMIT 1

-- name: list_sites
-- The ids of all sites.
-- Index: walks the primary key. Reads: 1 a site.
-- gives: id site_id
SELECT id FROM site ORDER BY id

-- name: write_merchant
-- Makes the merchant behind the first site.
-- Index: primary key. Rows: 1, once.
-- takes: id merchant_id, name text, now time
INSERT INTO merchant (id, name, created) VALUES (:id, :name, :now)
ON CONFLICT (id) DO NOTHING

-- name: write_site
-- Makes or changes a site.
-- Index: primary key. Rows: 1.
-- takes: id site_id, merchant merchant_id, name text, state site_state, paused boolean, settings json, now time
INSERT INTO site (id, merchant, name, state, paused, settings, created) VALUES (:id, :merchant, :name, :state, :paused, :settings, :now)
ON CONFLICT (id) DO UPDATE SET name = :name, state = :state, paused = :paused, settings = :settings

-- name: write_origin
-- Where this deployment answers; links in mails begin with it.
-- Index: primary key. Rows: 1.
-- takes: origin text
UPDATE deployment SET origin = :origin WHERE id = 1

-- name: read_deployment
-- The deployment's own row, when cron was last here, and whether the mail provider stopped.
-- Index: primary keys. Reads: 3.
-- gives: origin text, paused boolean, cron_at time?, cron_note text?, sent_at time?, last_site text?, accepted_length integer?, mail_at time?,
--   mail_note text?
SELECT d.origin, d.paused, h.at AS cron_at, h.note AS cron_note, h.sent_at, h.last_site, length(h.sent) AS accepted_length, m.at AS mail_at, m.note AS mail_note
FROM deployment d LEFT JOIN heartbeat h ON h.job = 'cron' LEFT JOIN heartbeat m ON m.job = 'mail' WHERE d.id = 1

-- name: pause_site
-- Pauses a site or lets it go on.
-- Index: primary key. Rows: 1.
-- takes: site site_id, is_paused boolean
UPDATE site SET paused = :is_paused WHERE id = :site

-- name: pause_merchant
-- Pauses all sites of a merchant or lets them go on.
-- Index: primary key. Rows: 1.
-- takes: merchant merchant_id, is_paused boolean
UPDATE merchant SET paused = :is_paused WHERE id = :merchant

-- name: pause_deployment
-- Pauses everything or lets it go on.
-- Index: primary key. Rows: 1.
-- takes: is_paused boolean
UPDATE deployment SET paused = :is_paused WHERE id = 1

-- name: read_installation
-- What has arrived from a shop's pages and server so far.
-- Index: primary keys, first rows of a site.
-- Reads: 1 to 5, and up to 100 contacts while none of them has agreed to anything.
-- takes: site site_id
-- gives: tag boolean, cart boolean, email boolean, consent boolean, bought boolean
SELECT s.tag_seen IS NOT NULL OR EXISTS (SELECT 1 FROM cart c WHERE c.site = s.id) AS tag,
  EXISTS (SELECT 1 FROM cart c WHERE c.site = s.id) AS cart,
  EXISTS (SELECT 1 FROM contact k WHERE k.site = s.id) AS email,
  EXISTS (SELECT 1 FROM (SELECT k.basis FROM contact k WHERE k.site = s.id LIMIT 100) WHERE basis IS NOT NULL) AS consent,
  EXISTS (SELECT 1 FROM orders r WHERE r.site = s.id) AS bought
FROM site s WHERE s.id = :site

-- name: note_tag
-- The tag was found on a page of the shop for the first time.
-- Index: primary key. Rows: 1, then never again.
-- takes: site site_id, now time
UPDATE site SET tag_seen = :now WHERE id = :site AND tag_seen IS NULL
