-- The first schema. Rows written are what D1 bills, so the schema is the cost model (docs/decisions/schema.md).
-- STRICT and WITHOUT ROWID throughout; times are milliseconds, money is minor units, booleans are 0 or 1.

-- The one row about the deployment itself: where it answers, whether it is paused.
CREATE TABLE deployment (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  origin TEXT NOT NULL DEFAULT '',
  paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  -- Reminders meant to leave until then may have left before the database was put back (edge/src/sending/time_travel.rs).
  rolled_back_until INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO deployment (id) VALUES (1);

-- When a job was last here and what it said; a row of its own, since a tick with nothing due writes nothing else.
CREATE TABLE heartbeat (
  job TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  note TEXT NOT NULL,
  -- Mails accepted since the last roll-up, [[site, day, count], …]; here they cost no row of their own.
  sent TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(sent)),
  -- When it last sent a mail; 0 for never.
  sent_at INTEGER NOT NULL DEFAULT 0,
  -- The site that a tick served last; the next tick continues behind it.
  last_site TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE merchant (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE site (
  id TEXT PRIMARY KEY,
  merchant TEXT NOT NULL REFERENCES merchant (id),
  name TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'test' CHECK (state IN ('test', 'shadow', 'live')),
  paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  -- When the tag was first found on a page, by the debug mode.
  tag_seen INTEGER,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a cart; every event is folded into it. `lines` and `history` are JSON.
CREATE TABLE cart (
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  -- Sortable text of (seq, event id) of the newest content; '' while no content came.
  version TEXT NOT NULL,
  -- 0 active, 1 abandoned, 2 ordered, 3 expired, 4 discarded (shared/src/lifecycle.rs).
  state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 4),
  since INTEGER NOT NULL,
  created INTEGER NOT NULL,
  -- Calendar day of `created` where the shop is, 20260228.
  day INTEGER NOT NULL,
  active_at INTEGER NOT NULL,
  -- Lower bound of the next look; an event does not move it, the planner does.
  due INTEGER,
  currency TEXT NOT NULL DEFAULT '',
  total INTEGER NOT NULL DEFAULT 0 CHECK (total >= 0),
  items INTEGER NOT NULL DEFAULT 0 CHECK (items >= 0),
  lines TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(lines)),
  token TEXT,
  locale TEXT,
  zone TEXT,
  country TEXT,
  checkout_stage TEXT,
  customer TEXT,
  -- Whether the shop signed the customer's id.
  signed INTEGER NOT NULL DEFAULT 0 CHECK (signed IN (0, 1)),
  mailbox_hash TEXT,
  mailbox_version TEXT NOT NULL DEFAULT '',
  identified_at INTEGER,
  -- What was agreed to or refused: {"mail","at","wording","source"}.
  consent TEXT,
  consent_version TEXT NOT NULL DEFAULT '',
  session_minted INTEGER,
  session_last INTEGER NOT NULL,
  -- Hashed IP prefix an address that nobody vouched for came from, and when; the planner takes it away within 24 h.
  ip_prefix_hash TEXT,
  ip_prefix_at INTEGER,
  cycle INTEGER NOT NULL DEFAULT 1,
  -- Step ids of the current cycle that have a row in the outbox, as a JSON array.
  planned TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(planned)),
  abandoned_at INTEGER,
  -- Reminder this cart was rebuilt from, `<cart>/<cycle>/<step>`, and when its visit was confirmed.
  via TEXT,
  via_at INTEGER,
  superseded_by TEXT,
  -- First confirmed visit through a link of one of this cart's own reminders.
  returned_at INTEGER,
  ordered_at INTEGER,
  order_number TEXT,
  order_total INTEGER,
  order_currency TEXT,
  order_confirmed INTEGER NOT NULL DEFAULT 0 CHECK (order_confirmed IN (0, 1)),
  recovered INTEGER NOT NULL DEFAULT 0 CHECK (recovered IN (0, 1)),
  -- Why it is no shopper's cart (shared/src/exclusion.rs), if so; then it is discarded.
  exclusion TEXT,
  -- Bits of the metrics this cart was counted in (shared/src/metric.rs), so that none counts twice.
  counted INTEGER NOT NULL DEFAULT 0,
  -- [[at, kind, items, value], …], at most 64.
  history TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(history)),
  PRIMARY KEY (site, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX cart_due ON cart (site, due) WHERE due IS NOT NULL;
CREATE INDEX cart_list ON cart (site, state, since) WHERE state > 0;

-- A person of one site known by e-mail; the only table that holds the address.
CREATE TABLE contact (
  site TEXT NOT NULL,
  mailbox_hash TEXT NOT NULL,
  address TEXT,
  carts TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(carts)),
  basis TEXT CHECK (basis IN ('notice', 'soft', 'express', 'confirmed')),
  basis_at INTEGER,
  basis_wording TEXT,
  basis_source TEXT,
  refused_at INTEGER,
  erased_at INTEGER,
  created INTEGER NOT NULL,
  PRIMARY KEY (site, mailbox_hash)
) STRICT, WITHOUT ROWID;

-- Other names of a cart: `token:…` and `customer:…`.
CREATE TABLE identity (
  site TEXT NOT NULL,
  key TEXT NOT NULL,
  cart TEXT NOT NULL,
  PRIMARY KEY (site, key, cart)
) STRICT, WITHOUT ROWID;

-- An event is one statement; its other names follow by trigger, once each.
CREATE TRIGGER cart_named AFTER INSERT ON cart WHEN NEW.token IS NOT NULL OR NEW.customer IS NOT NULL
BEGIN
  INSERT INTO identity (site, key, cart)
  SELECT NEW.site, 'token:' || NEW.token, NEW.id WHERE NEW.token IS NOT NULL
  UNION ALL SELECT NEW.site, 'customer:' || NEW.customer, NEW.id WHERE NEW.customer IS NOT NULL
  ON CONFLICT (site, key, cart) DO NOTHING;
END;
CREATE TRIGGER cart_renamed AFTER UPDATE OF token, customer ON cart
  WHEN (NEW.token IS NOT NULL AND NEW.token IS NOT OLD.token) OR (NEW.customer IS NOT NULL AND NEW.customer IS NOT OLD.customer)
BEGIN
  INSERT INTO identity (site, key, cart)
  SELECT NEW.site, 'token:' || NEW.token, NEW.id WHERE NEW.token IS NOT NULL
  UNION ALL SELECT NEW.site, 'customer:' || NEW.customer, NEW.id WHERE NEW.customer IS NOT NULL
  ON CONFLICT (site, key, cart) DO NOTHING;
END;

-- That something was bought, under every name it can be asked by: `cart:…`, `token:…`, `customer:…`, `mailbox:…`.
-- Each order has rows of its own, so that an unpaid order takes away only its own.
CREATE TABLE purchase (
  site TEXT NOT NULL,
  key TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('placed', 'pending')),
  number TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (site, key, number)
) STRICT, WITHOUT ROWID;

-- The shop's orders, one row a number.
CREATE TABLE orders (
  site TEXT NOT NULL,
  number TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('placed', 'pending', 'failed', 'cancelled', 'refunded')),
  -- 0 page, 1 the shop's server.
  source INTEGER NOT NULL CHECK (source IN (0, 1)),
  total INTEGER,
  refunded INTEGER NOT NULL DEFAULT 0,
  currency TEXT,
  cart TEXT,
  placed_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  -- Random name of the request that wrote this revision; makes a doubled report count once.
  writer TEXT NOT NULL,
  PRIMARY KEY (site, number)
) STRICT, WITHOUT ROWID;

-- One reminder a row: step of a cycle of a cart.
CREATE TABLE outbox (
  site TEXT NOT NULL,
  cart TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  step TEXT NOT NULL,
  -- Place of the step in the sequence when it was planned, from 0.
  position INTEGER NOT NULL,
  mailbox_hash TEXT NOT NULL,
  trust INTEGER NOT NULL,
  -- Of an unproven address: the hashed IP prefix it came from ('' if that is not known any more), and when; 24 h.
  ip_prefix_hash TEXT,
  ip_prefix_at INTEGER,
  -- 0 ready … 8 unknown (shared/src/reminder.rs).
  state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 8),
  scheduled INTEGER NOT NULL,
  planned_at INTEGER NOT NULL,
  -- When it is looked at, and its place among the site's (plan/plan_reminders); NULL once it has ended.
  next INTEGER,
  owner TEXT,
  lease INTEGER,
  first INTEGER,
  tries INTEGER NOT NULL DEFAULT 0,
  -- Frozen at the first attempt, so that a retry is the same mail.
  version TEXT,
  template TEXT,
  locale TEXT,
  hash TEXT,
  -- When it began to count against the caps.
  counted_at INTEGER,
  hold INTEGER,
  reason TEXT,
  detail TEXT,
  reason_at INTEGER,
  provider_id TEXT,
  -- The provider of the first attempt (shared/src/provider.rs).
  provider TEXT,
  -- The batch it left in; '' where it must leave alone.
  batch TEXT,
  -- When the provider is asked what became of it; only while that is unknown.
  look_up_at INTEGER,
  ended_at INTEGER,
  -- What the provider said of it afterwards.
  delivered_at INTEGER,
  bounced_at INTEGER,
  complained_at INTEGER,
  visited_at INTEGER,
  PRIMARY KEY (site, cart, cycle, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_next ON outbox (site, next) WHERE next IS NOT NULL;
-- Both are empty where answers come and mails leave one by one, which is what they cost then.
CREATE INDEX outbox_look_up ON outbox (look_up_at) WHERE look_up_at IS NOT NULL;
CREATE INDEX outbox_batch ON outbox (batch) WHERE batch IS NOT NULL;
CREATE INDEX outbox_mailbox ON outbox (mailbox_hash, counted_at) WHERE counted_at IS NOT NULL;
CREATE INDEX outbox_ip_prefix ON outbox (ip_prefix_hash, ip_prefix_at) WHERE ip_prefix_hash IS NOT NULL AND counted_at IS NOT NULL;
CREATE INDEX outbox_ip_prefix_age ON outbox (ip_prefix_at) WHERE ip_prefix_at IS NOT NULL;

-- Addresses that must not be mailed; scope is a merchant id or '*' for the deployment.
CREATE TABLE suppression (
  scope TEXT NOT NULL,
  mailbox_hash TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('unsubscribed', 'not_me', 'complained', 'bounced', 'erased')),
  at INTEGER NOT NULL,
  site TEXT NOT NULL,
  PRIMARY KEY (scope, mailbox_hash)
) STRICT, WITHOUT ROWID;

-- What mails may say about a product: from the shop's own catalogue.
CREATE TABLE product (
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  variant TEXT NOT NULL,
  sku TEXT NOT NULL,
  name TEXT NOT NULL,
  price INTEGER NOT NULL,
  currency TEXT NOT NULL,
  url TEXT NOT NULL,
  image TEXT NOT NULL,
  available INTEGER NOT NULL CHECK (available IN (0, 1)),
  read_at INTEGER NOT NULL,
  PRIMARY KEY (site, id, variant)
) STRICT, WITHOUT ROWID;

-- Counters a site, day and name; `currency` is '' for counts.
CREATE TABLE metric (
  site TEXT NOT NULL,
  day INTEGER NOT NULL,
  name TEXT NOT NULL,
  currency TEXT NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (site, day, name, currency)
) STRICT, WITHOUT ROWID;

-- New addresses that nobody vouched for, by hour of UTC since 1970; kept for 8 days.
CREATE TABLE unproven_hour (
  site TEXT NOT NULL,
  hour INTEGER NOT NULL,
  addresses INTEGER NOT NULL,
  PRIMARY KEY (site, hour)
) STRICT, WITHOUT ROWID;

-- What became of mails, by day of UTC since 1970.
CREATE TABLE delivery (
  site TEXT NOT NULL,
  day INTEGER NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0,
  bounced INTEGER NOT NULL DEFAULT 0,
  complained INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (site, day)
) STRICT, WITHOUT ROWID;

-- The breaker of a site, once it has tripped: the cause, the end of the pause, and the baseline of the new count.
CREATE TABLE breaker (
  site TEXT PRIMARY KEY,
  cause TEXT NOT NULL CHECK (cause IN ('unproven', 'bounces', 'complaints')),
  since INTEGER NOT NULL,
  until INTEGER NOT NULL,
  counted INTEGER NOT NULL,
  against INTEGER NOT NULL,
  -- shared/src/breaker.rs, `Baseline`.
  baseline_hour INTEGER NOT NULL,
  baseline_addresses INTEGER NOT NULL,
  baseline_day INTEGER NOT NULL,
  baseline_sent INTEGER NOT NULL,
  baseline_bounced INTEGER NOT NULL,
  baseline_complained INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX breaker_until ON breaker (until);

-- The rows that were written on a day of UTC (YYYYMMDD), and those of networks with many of them, `{name: rows, …}` by a
-- keyed name that is another one each day; the next day overwrites both.
CREATE TABLE row_budget (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  day INTEGER NOT NULL,
  written INTEGER NOT NULL,
  networks TEXT NOT NULL CHECK (json_valid(networks))
) STRICT;
