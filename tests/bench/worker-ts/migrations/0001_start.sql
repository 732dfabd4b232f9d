-- The tables of the TypeScript Worker and the one site that the benchmark sends events to.
CREATE TABLE site (
  id TEXT PRIMARY KEY,
  public_key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  hosts TEXT NOT NULL,
  zone TEXT NOT NULL,
  webhook_secret TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cart (
  site TEXT NOT NULL REFERENCES site (id),
  id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'abandoned', 'ordered')),
  currency TEXT NOT NULL DEFAULT '',
  total INTEGER NOT NULL DEFAULT 0,
  items INTEGER NOT NULL DEFAULT 0,
  lines TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(lines)),
  locale TEXT,
  zone TEXT,
  checkout_stage TEXT,
  email_hash TEXT,
  -- Calendar day of `created_at` where the shop is, 20260228.
  day INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  active_at INTEGER NOT NULL,
  PRIMARY KEY (site, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX cart_active ON cart (site, state, active_at);

CREATE TABLE contact (
  site TEXT NOT NULL REFERENCES site (id),
  email_hash TEXT NOT NULL,
  address TEXT NOT NULL,
  consent TEXT NOT NULL,
  consent_at INTEGER NOT NULL,
  PRIMARY KEY (site, email_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE purchase (
  site TEXT NOT NULL REFERENCES site (id),
  number TEXT NOT NULL,
  cart TEXT,
  status TEXT NOT NULL,
  total INTEGER,
  currency TEXT,
  at INTEGER NOT NULL,
  PRIMARY KEY (site, number)
) STRICT, WITHOUT ROWID;

INSERT INTO site (id, public_key, name, hosts, zone, webhook_secret)
VALUES ('fennholm', 'pk_fennholm', 'Fennholm', '["localhost","127.0.0.1"]', 'Europe/Berlin', 'whsec_a2V5IG9mIHRoZSBiZW5jaG1hcms=');
