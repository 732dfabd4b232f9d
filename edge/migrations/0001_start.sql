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
  -- Mails accepted since the last roll-up, [[site, audience, day, count], …]; here they cost no row of their own.
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
  -- Whether it is planned before other carts: its visitor is proven, so that no flood of strangers' carts keeps it waiting.
  ahead INTEGER NOT NULL DEFAULT 0 CHECK (ahead IN (0, 1)),
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
  -- Whether the shop signed the customer's id together with the address that the cart has.
  signed INTEGER NOT NULL DEFAULT 0 CHECK (signed IN (0, 1)),
  mailbox_hash TEXT,
  mailbox_version TEXT NOT NULL DEFAULT '',
  identified_at INTEGER,
  -- What was agreed to or refused: {"mail","at","wording","source"}.
  consent TEXT,
  consent_version TEXT NOT NULL DEFAULT '',
  -- What proves the visitor: the nonce of the first session that filled the cart (shared/src/token.rs).
  session TEXT,
  session_minted INTEGER,
  -- What proves that the address is the shopper's: a code of shared/src/trust.rs; 0 for nothing.
  proof INTEGER NOT NULL DEFAULT 0,
  -- Hashed IP prefix from which the address was said, and the network's operator (`AS64500 Example`); without a salt the
  -- hash means nothing, and salts are deleted within two days.
  network TEXT,
  operator TEXT,
  cycle INTEGER NOT NULL DEFAULT 1,
  -- Step ids of the current cycle that have a row in the outbox, as a JSON array.
  planned TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(planned)),
  abandoned_at INTEGER,
  -- Reminder this cart was rebuilt from, `<cart>/<cycle>/<step>`, and when its visit was confirmed.
  via TEXT,
  via_at INTEGER,
  -- Newest cart that was rebuilt from this one; it takes over (`superseded_by`) once the visit is confirmed.
  rebuilt TEXT,
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
CREATE INDEX cart_due ON cart (site, ahead, due) WHERE due IS NOT NULL;
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
  -- Whose word the basis or the refusal is: a visitor's id, or `shop` for the shop's server. Nobody else's word changes it.
  said_by TEXT,
  -- When the person was erased; NULL again after a fresh wish of theirs (collect/keep_contact).
  erased_at INTEGER,
  -- When the mailbox took a place in the shares of its network, or staff released it; it holds for 30 days (shared/src/share.rs).
  place_at INTEGER,
  -- The cart that took it.
  place_cart TEXT,
  -- When its owner last came back by the link of an own mail; it holds for 400 days.
  known_at INTEGER,
  -- When the address was let go without an erasure; the proof of consent ends three years later.
  forgotten_at INTEGER,
  created INTEGER NOT NULL,
  PRIMARY KEY (site, mailbox_hash)
) STRICT, WITHOUT ROWID;

-- An address is kept for carts alone: when the last cart lets it go (it was corrected, refused, erased or has reached its age), its
-- contact forgets it, unless the owner needs it to take a suppression along. The last entry of the history tells when that was.
-- If no mail has left for it, it gives back the place in the shares that this cart took. Where other carts may have been
-- displaced from the list, nothing is let go; retention looks again.
CREATE TRIGGER address_let_go AFTER UPDATE OF mailbox_hash ON cart
  WHEN OLD.mailbox_hash IS NOT NULL AND NEW.mailbox_hash IS NOT OLD.mailbox_hash
BEGIN
  UPDATE contact SET (address, forgotten_at, place_at) = (SELECT iif(kept.address, contact.address, NULL),
    iif(kept.address, contact.forgotten_at, NEW.history ->> '$[#-1][0]'), iif(kept.place, contact.place_at, NULL)
    FROM (SELECT EXISTS (SELECT 1 FROM site s JOIN suppression x ON x.scope IN (s.merchant, '*') AND x.mailbox_hash = OLD.mailbox_hash
        WHERE s.id = OLD.site AND x.reason IN ('unsubscribed', 'complained', 'bounced')) AS address,
      contact.place_cart IS NOT OLD.id OR EXISTS (SELECT 1 FROM outbox o WHERE o.mailbox_hash = OLD.mailbox_hash AND o.site = OLD.site
        AND o.counted_at IS NOT NULL) AS place) kept)
  WHERE site = OLD.site AND mailbox_hash = OLD.mailbox_hash AND address IS NOT NULL AND json_array_length(carts) < 20
    AND NOT EXISTS (SELECT 1 FROM json_each(contact.carts) n CROSS JOIN cart c ON c.site = OLD.site AND c.id = n.value WHERE c.mailbox_hash = OLD.mailbox_hash);
END;

-- Who comes back after an erasure with a fresh wish is a new person: the suppression by the erasure ends, others stay.
CREATE TRIGGER wish_of_new_contact AFTER INSERT ON contact WHEN NEW.basis IN ('express', 'confirmed')
BEGIN
  DELETE FROM suppression WHERE scope = (SELECT merchant FROM site WHERE id = NEW.site) AND mailbox_hash = NEW.mailbox_hash
    AND reason = 'erased' AND at < NEW.basis_at;
END;
CREATE TRIGGER wish_of_contact AFTER UPDATE OF basis_at ON contact
  WHEN NEW.basis_at IS NOT OLD.basis_at AND NEW.basis IN ('express', 'confirmed') AND NEW.erased_at IS NULL
BEGIN
  DELETE FROM suppression WHERE scope = (SELECT merchant FROM site WHERE id = NEW.site) AND mailbox_hash = NEW.mailbox_hash
    AND reason = 'erased' AND at < NEW.basis_at;
END;

-- Other names of a cart: `token:…` and `customer:…`.
CREATE TABLE identity (
  site TEXT NOT NULL,
  key TEXT NOT NULL,
  cart TEXT NOT NULL,
  PRIMARY KEY (site, key, cart)
) STRICT, WITHOUT ROWID;

-- An event is one statement; its other names follow by trigger, once each. A name has at most 20 carts, whatever strangers
-- wrote: past them only a cart whose address the shop signed is added, in place of the oldest that is not as well proven.
CREATE TRIGGER cart_named AFTER INSERT ON cart WHEN NEW.token IS NOT NULL OR NEW.customer IS NOT NULL
BEGIN
  INSERT INTO identity (site, key, cart)
  SELECT NEW.site, name.value, NEW.id FROM json_each(json_array('token:' || NEW.token, 'customer:' || NEW.customer)) name
  WHERE name.value IS NOT NULL
    AND (NEW.signed OR (SELECT count(*) FROM identity WHERE site = NEW.site AND key = name.value) < 20)
  ON CONFLICT (site, key, cart) DO NOTHING;
END;
CREATE TRIGGER cart_renamed AFTER UPDATE OF token, customer, signed ON cart
  WHEN (NEW.token IS NOT NULL AND NEW.token IS NOT OLD.token) OR (NEW.customer IS NOT NULL AND NEW.customer IS NOT OLD.customer)
    OR (NEW.customer IS NOT NULL AND NEW.signed > OLD.signed)
BEGIN
  INSERT INTO identity (site, key, cart)
  SELECT NEW.site, name.value, NEW.id FROM json_each(json_array('token:' || NEW.token, 'customer:' || NEW.customer)) name
  WHERE name.value IS NOT NULL
    AND (NEW.signed OR (SELECT count(*) FROM identity WHERE site = NEW.site AND key = name.value) < 20)
  ON CONFLICT (site, key, cart) DO NOTHING;
END;
CREATE TRIGGER names_bounded AFTER INSERT ON identity
  WHEN (SELECT count(*) FROM identity WHERE site = NEW.site AND key = NEW.key) > 20
BEGIN
  DELETE FROM identity WHERE site = NEW.site AND key = NEW.key AND cart = (
    SELECT i.cart FROM identity i LEFT JOIN cart c ON c.site = i.site AND c.id = i.cart
    WHERE i.site = NEW.site AND i.key = NEW.key AND i.cart <> NEW.cart
    ORDER BY coalesce(c.signed, -1), c.created, i.cart LIMIT 1);
END;

-- That something was bought, under every name it can be asked by: `cart:…`, `token:…`, `customer:…`, `mailbox:…`.
-- Each order has rows of its own, so that an unpaid order takes away only its own; what pages say of other visitors' names is
-- one row a name, without a number.
CREATE TABLE purchase (
  site TEXT NOT NULL,
  key TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('placed', 'pending', 'claimed')),
  number TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- Whether the shop's server itself named this key, so that it proves an earlier buyer.
  told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1)),
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
  -- When the shop's server first told that it is paid; NULL before.
  paid_at INTEGER,
  revision INTEGER NOT NULL,
  -- Random name of the request that wrote this revision; makes a doubled report count once.
  writer TEXT NOT NULL,
  PRIMARY KEY (site, number)
) STRICT, WITHOUT ROWID;

-- Paid orders that the shop's server told, by hour of UTC since 1970, [[hour, orders], …] of the last 25 h, and when it last told any.
CREATE TABLE server_orders (
  site TEXT PRIMARY KEY,
  hours TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(hours)),
  last_at INTEGER NOT NULL
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
  -- The grant (shared/src/trust.rs): written when the reminder passes the gate for the first time; NULL before.
  trust INTEGER,
  -- Where the address was said, as in `cart`; the hash goes when the reminder ends.
  network TEXT,
  operator TEXT,
  -- What proved the address when it was planned or last judged, as in `cart`.
  proof INTEGER NOT NULL DEFAULT 0,
  -- What it waits for: 1 a place in the site's share, 2 a place in its network's share, or staff; NULL for nothing.
  waits_for INTEGER CHECK (waits_for IN (1, 2)),
  waits_since INTEGER,
  -- How its wait ended: 1 it had its turn, 2 staff released it, 3 staff refused it.
  released INTEGER CHECK (released IN (1, 2, 3)),
  -- When a breaker, a share or an open payment last held it: it is late only from then on.
  held_until INTEGER,
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
CREATE INDEX outbox_waits ON outbox (site, waits_for, operator, waits_since) WHERE waits_for IS NOT NULL;

-- A first contact takes its place in the site's share when its first mail in 30 days passes the gate; quarters of an hour
-- since 1970.
CREATE TRIGGER first_contact_mailed AFTER UPDATE OF trust ON outbox
  WHEN OLD.trust IS NULL AND NEW.trust <= 1 AND NEW.released IS NOT 2
    AND NOT EXISTS (SELECT 1 FROM outbox x WHERE x.mailbox_hash = NEW.mailbox_hash AND x.site = NEW.site
      AND x.counted_at > NEW.counted_at - 2592000000 AND (x.cart, x.cycle, x.step) <> (NEW.cart, NEW.cycle, NEW.step))
BEGIN
  INSERT INTO site_share (site, quarters) VALUES (NEW.site, json_array(json_array(NEW.counted_at / 900000, 1)))
  ON CONFLICT (site) DO UPDATE SET quarters = (SELECT json_group_array(json_array(quarter, mails)) FROM (
    SELECT value ->> 0 AS quarter, sum(value ->> 1) AS mails FROM (
      SELECT value FROM json_each(site_share.quarters) UNION ALL SELECT json_array(NEW.counted_at / 900000, 1))
    WHERE quarter > NEW.counted_at / 900000 - 193 GROUP BY quarter));
END;

-- Staff stands for a mailbox that it releases: the mailbox has its place, as if its network had one.
CREATE TRIGGER released_by_staff AFTER UPDATE OF released ON outbox WHEN NEW.released = 2 AND OLD.released IS NOT 2
BEGIN
  UPDATE contact SET place_at = NEW.held_until, place_cart = NEW.cart
  WHERE site = NEW.site AND mailbox_hash = NEW.mailbox_hash AND coalesce(place_at, 0) <= NEW.held_until - 2592000000;
END;

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

-- The salt of each day (of UTC since 1970) with which IP prefixes are hashed; without it the hashes name nothing.
CREATE TABLE salt (
  day INTEGER NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What strangers behind one network took of its share. The key begins with the day of its salt, and goes with it.
CREATE TABLE network (
  prefix_hash TEXT PRIMARY KEY,
  -- Places of first contacts of the last 24 h, over all sites: [[at, site, cart, mailbox hash], …].
  places TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(places)),
  -- Visitors there who are proven by a signature or by the Worker's own token, of the last 24 h: [[at, site, visitor], …].
  vouched TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(vouched)),
  -- Paid orders of the last 25 h that a shop's server told of carts from there: [[hour of UTC since 1970, site, orders], …].
  paid TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(paid)),
  -- Page orders of the last 24 h that stopped mails of a person at other visitors: [[at, site, number, key of purchase], …].
  orders TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(orders))
) STRICT, WITHOUT ROWID;

-- The share of a site: mails to first contacts by quarter of an hour since 1970, [[quarter, mails], …] of the last 24 h, and what
-- is usual there.
CREATE TABLE site_share (
  site TEXT PRIMARY KEY,
  quarters TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(quarters)),
  -- First contacts that were mailed on each of the last 14 days of UTC, [[day, mailed], …]; today's stand in `quarters`.
  days TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(days)),
  -- The median day of first contacts that were mailed and did not come back, and the day on which that was worked out.
  usual INTEGER NOT NULL DEFAULT 0,
  usual_day INTEGER NOT NULL DEFAULT 0,
  -- The operator whose first contacts had their turn last; the next one is behind it.
  last_operator TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- What became of mails, by day of UTC since 1970 and by trust: 0 first contacts, 1 proven shoppers (shared/src/breaker.rs).
CREATE TABLE delivery (
  site TEXT NOT NULL,
  audience INTEGER NOT NULL CHECK (audience IN (0, 1)),
  day INTEGER NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0,
  bounced INTEGER NOT NULL DEFAULT 0,
  complained INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (site, audience, day)
) STRICT, WITHOUT ROWID;

-- The breakers of a site, one an audience, once it has tripped: the cause, the end of the pause, and the baseline of the new
-- count.
CREATE TABLE breaker (
  site TEXT NOT NULL,
  audience INTEGER NOT NULL CHECK (audience IN (0, 1)),
  cause TEXT NOT NULL CHECK (cause IN ('bounces', 'complaints', 'complaints_rising')),
  since INTEGER NOT NULL,
  until INTEGER NOT NULL,
  counted INTEGER NOT NULL,
  against INTEGER NOT NULL,
  -- shared/src/breaker.rs, `Baseline`.
  baseline_day INTEGER NOT NULL,
  baseline_sent INTEGER NOT NULL,
  baseline_bounced INTEGER NOT NULL,
  baseline_complained INTEGER NOT NULL,
  PRIMARY KEY (site, audience)
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

-- Sessions of the dashboard, known by the hash of their token alone; its expiry stands in the token too.
CREATE TABLE dashboard_session (
  expires INTEGER NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (expires, hash)
) STRICT, WITHOUT ROWID;

-- Attempts to sign in (edge/src/dashboard/throttle.rs). `place` is one of 512 parts of all networks, a browser that has
-- signed in before, or everywhere; `secret` is a fingerprint of the admin secret, so that a new one is counted anew.
CREATE TABLE sign_in_attempt (
  secret TEXT NOT NULL,
  place TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (secret, place)
) STRICT, WITHOUT ROWID;
