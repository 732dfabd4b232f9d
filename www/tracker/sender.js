// The step's hands: feeds it signals, keeps its state and the texts behind it, does what it answers, sends what waits.
import { mustWait, run } from './engine.js';
import { io } from './io.js';
import { forget, open, sealOf, textOf } from './vault.js';

const { settings } = io;
// The parts of an event, in the step's order.
const parts = ['snapshot', 'email', 'consent', 'order', 'via', 'customer'];
// How many of the step's numbers are kept; the page's three come behind them.
const numbers = 15;
const mode = [settings.tracking != 'notice', io.gpc, settings.capture == 'identified'].map((is) => (is ? 1 : 0));

const nothing = () => ({ n: Array(numbers).fill(0), said: {}, queue: [] });
/** What is kept, shared by all tabs: the step's numbers, the newest that was said of each part, the events that wait. */
export let kept = nothing();
/** Where the shopper is; goes with every event. */
export const context = {
  locale: document.documentElement.lang || navigator.language,
  // Temporal knows it at once; the other way starts the browser's library of languages, 15 ms.
  zone: window.Temporal?.Now.timeZoneId() || Intl.DateTimeFormat().resolvedOptions().timeZone,
  page: location.origin + location.pathname,
  // A phone is called Cubot.
  bot: navigator.webdriver || /[^u]bot\b|crawl|spider|headless/i.test(navigator.userAgent) || undefined,
};
// Signals before permission, the newest of each kind; they wait for it here and leave with it.
let early = {};
// What stands in the storage by this page's knowledge.
let stored;
let chain = Promise.resolve();
let sending;
let again;
let flight;
let timer;
let free;
// The newest event that was posted as the page went.
let left;
// How often another tab was at it in a row.
let waited = 0;

// Random hexadecimal digits, which Crockford's base 32 has too: in capitals 26 of them are a ULID.
const random = (count) => Array.from(crypto.getRandomValues(new Uint8Array(count)), (byte) => (byte & 15).toString(16)).join('');

/** A text of the page as a field: no control characters, nothing that is not a plain value. */
export const clean = (value) =>
  /^(string|number|bigint)$/.test(typeof value) ? `${value}`.slice(0, 500).replace(/[\0-\x1f]+/g, ' ').trim() : '';

// Another tab wrote, or wiped: its word counts.
const read = async () => {
  const text = io.get();
  if (text == stored) return;
  if (text) await open(text);
  if (io.get() != text) return read();
  stored = text;
  const mine = kept;
  kept = text ? JSON.parse(text.slice(1), (name, value) => (name == 'email' ? textOf(value) : value)) : nothing();
  // Two tabs began in the same moment, as visitors that nobody knows yet, or one wrote before it saw what the other had
  // written: what waits here goes to the other's cart, with the newer of both snapshots.
  if (kept.visitor && (mine.visitor == kept.visitor ? mine.n[1] == kept.n[1] && mine.n[2] >= kept.n[2] && mine.n.slice(9) + '' != kept.n.slice(9) : !mine.session))
    for (const waiting of mine.queue)
      kept.queue.push({ ...waiting, snapshot: mine.n[8] > kept.n[8] ? waiting.snapshot : kept.said.snapshot, cart: kept.n[1], seq: ++kept.n[2] });
};

// What another tab wrote meanwhile is read before anything is kept.
const save = () => io.get() == stored && keep();

// An address is kept as soon as it is sealed; until then this page alone has it.
const closed = (name, value) => (name == 'email' ? sealOf(value, save) : value);

// A refusal that nobody waits for is only remembered where the next page would track again.
const keep = () => {
  const text = kept.n[0] == 3 && mode[0] && !kept.queue[0] ? '' : 'ugtd'[kept.n[0]] + JSON.stringify(kept, closed);
  if (text != stored) stored = io.set(text);
};

// What is said of a cart waits as one event, with what waits of it already; `first` is what that says better.
const utter = (first, news, cart, seq) => {
  const older = kept.queue.find((waiting) => waiting.cart == cart);
  kept.queue = kept.queue.filter((waiting) => waiting != older);
  kept.queue.push({ ...first, ...older, ...news, cart, seq, id: random(16), at: Date.now(), context: { ...context } });
};

// By what a session is asked for, and by whom: an answer that comes when this has changed is another's.
const shown = () => `&visitor=${kept.visitor}&session=${kept.session || ''}`;

// As a visitor that the Worker does not know yet: what waits is said with the address, and the cart whole.
const begin = (visitor) => {
  io.adopt?.(kept);
  kept.visitor = visitor;
  for (const waiting of kept.queue) waiting.email ||= kept.said.email;
  if (kept.n[2]) utter(kept.said, {}, kept.n[1], ++kept.n[2]);
};

// Posts an event that waits. The page that is `leaving` has no other chance, however large the event is.
const post = async ({ at, ...waiting }, leaving) => {
  const asked = shown();
  // From here on the Worker may know it.
  if (kept.n[10]) kept.told = waiting.cart;
  const body = JSON.stringify({ v: 1, site: io.site, session: kept.session, visitor: kept.visitor, ...waiting, age: Math.max(0, Date.now() - at) });
  io.log('sent', body);
  const [status, pause, { challenge, ignored = [] }] = await io
    // 64 KiB of keepalive bodies are shared by the whole page, so only small ones take part; a character has up to three bytes.
    .post({ method: 'POST', body, keepalive: leaving || body.length < 16e3, signal: AbortSignal.timeout?.(2e4) })
    .then(async (answer) => [answer.status, answer.headers.get('retry-after'), await answer.json().catch(() => ({}))])
    .catch(() => [0, 0, {}]);
  io.log('answered', status, pause, ignored);
  if (challenge) {
    // The Worker wants to know of a cart whether a person is here before it mails.
    io.challenge = { ...challenge, cart: waiting.cart };
    io.ask?.();
    io.load('challenge');
  }
  // The carts under this name are another browser's: nothing that this one shows is taken for its own.
  if (io.permitted() && ignored.some(({ field }) => field == 'session')) return tell('s', [0], { session: '-', visitor: kept.visitor, shown: asked });
  return tell('a', [status, pause, +kept.queue.some(({ id }) => id != waiting.id)], waiting.id);
};

const turn = async (kind, fields = [], make, lines) => {
  await read();
  // An address that nobody can read any more is news when it is typed again; one that the shop signed stands in `signed`. The cart
  // that it was told of stays somebody's (`TOLD` in tracker/src/state.rs).
  if (!kept.said.email && !kept.said.signed?.email) kept.n[10] = kept.told == kept.n[1] ? 2 : 0;
  if ((kind != 'p' && !io.permitted() && !/^d/.test(io.get())) || mustWait?.(kept, kind, ...fields)) {
    // An order ends the cart before it, and another person begins anew.
    if (/[oq]/.test(kind)) early = {};
    else if (/[ceiv]/.test(kind)) early[kind] = [kind, fields, make, lines];
    return;
  }
  if (kind == 's') {
    // Another page has got a session meanwhile, or began as another visitor.
    if (make.shown != shown()) return drain();
    if (make.session) {
      kept.session = make.session;
      // A cookie may have known this browser longer than its storage did, or nothing proves any more who it was.
      if (make.visitor != kept.visitor) begin(make.visitor);
    }
  }
  if (kind == 'n') {
    const { email, more } = kept.raw || {};
    delete kept.raw;
    if (email) tell('e', [email, ...more], () => email);
    if (!kept.queue[0]) return;
    fields = [kept.queue[0].cart];
  }
  // An answer that comes after the page has gone is lost; the next page asks again. A cart is read there anyway.
  if (mustWait && kind == 'e') {
    const [email, ...more] = fields;
    kept.raw = { email, more };
    keep();
  }
  const rows = lines ? lines() : [];
  const now = Date.now();
  const answer = [...(await run([[...kept.n, ...mode], [kind, now, now % 32, ...fields].map(clean).join('\t'), ...rows.map((row) => row.fields)].join('\n')))];
  // While the Worker ran the step another tab may have changed the state.
  if (io.get() != stored) return turn(kind, fields, make, lines);
  if (kind == 'e') delete kept.raw;
  let end = 0;
  while (answer[end]) end += 3;
  kept.n = answer.slice(end + 1, end + 1 + numbers);
  const cart = [];
  const news = {};
  let figures;
  const amount = (number) => (number ? number - 1 : undefined);
  // By the numbers of the step's words (tracker/src/word.rs).
  const does = [
    ,
    (quantity, price) => (figures = { quantity, price: amount(price) }),
    (row, twin) => {
      const [own, known] = [row, twin].map((place) => rows[place].texts);
      // What is known of a product is not yet known of its variant.
      cart.push({ ...own, ...known, ...(own.variant && !known.variant && own), ...figures, price: figures.price ?? rows[twin].price });
    },
    (part, number) => {
      news[parts[part]] = make(amount(number), cart);
      if (kind == 'i') {
        news.signed = fields[2] || undefined;
        // Of signatures that say the same the newest goes with what is said later.
        kept.said.signed &&= news.signed;
      }
    },
    (granted, mail) => {
      const { basis, wording } = settings.consent;
      news.consent = {
        tracking: granted ? 'granted' : 'denied',
        ...(mail && (granted ? { mail: basis, wording: (kind == 'p' && clean(fields[2])) || wording } : { mail: 'denied' })),
        source: kind == 'p' ? fields[1] : 'notice',
      };
    },
    (dropped) => {
      const { snapshot, via, order, ...said } = kept.said;
      kept.said = said;
      kept.queue = kept.queue.filter(({ cart }) => cart != dropped);
    },
    () => Object.assign(kept.said, news),
    (bits, seq) => {
      // The cart of an order is over by now.
      const cart = kept.n[1] - (news.order ? 1 : 0);
      kept.visitor ||= '0' + random(25).toUpperCase();
      const { customer, signed } = kept.said;
      // An address is joined with the customer it belongs to.
      utter({ ...(seq < 2 && kept.said), ...(news.email && { customer, signed }) }, news, cart, seq);
      Object.assign(kept.said, news);
    },
    drain,
    (wait) => {
      clearTimeout(timer);
      timer = setTimeout(drain, wait);
    },
    () => {
      const asked = shown();
      flight = io
        .boot(asked)
        .catch(() => ({}))
        .then((answer) => tell('s', [answer.session ? 1 : 0], { ...answer, shown: asked }));
    },
    () => (flight = post(kept.queue[0])),
    (refused) => {
      kept.queue = kept.queue.flatMap((waiting) => {
        const { snapshot, ...rest } = waiting;
        return waiting.id != make ? waiting : refused && snapshot && parts.some((part) => rest[part]) ? rest : [];
      });
    },
    (wholly) => {
      forget().catch(io.log);
      if (wholly) io.forget?.();
      const { n, visitor, session } = kept;
      kept = { ...nothing(), n, ...(!wholly && { visitor, session }) };
      early = {};
    },
    (why) => io.log('held back', why),
  ];
  for (let place = 0; place < end; place += 3) does[answer[place]](answer[place + 1], answer[place + 2]);
  keep();
  if (/[ep]/.test(kind) && io.permitted()) {
    for (const signal of Object.values(early)) tell(...signal);
    early = {};
  }
};

// One after the other; what goes wrong in one stops none behind it.
const follow = (act) => (chain = chain.then(act).catch(io.log));

/**
 * Tells the step what happened, and does what it answers; one after the other.
 *
 * `make` gives what is held of it, from the amount and the lines that the step names; `lines` gives the rows of a cart.
 */
export const tell = (...signal) => follow(() => turn(...signal));

/** The proof that a person is here goes with the cart it was asked for, unless that is over. */
io.solved = (challenge, cart) =>
  follow(async () => {
    await read();
    if (kept.n[1] != cart || !io.permitted()) return;
    utter({}, { challenge }, cart, ++kept.n[2]);
    keep();
    drain();
  });

// One tab sends, one event at a time.
const send = async (lock) => {
  clearTimeout(timer);
  if (lock === null && ++waited < 4) {
    // Another tab is at it and takes ours along, unless it has just looked for the last time.
    timer = setTimeout(drain, 1000);
    return;
  }
  // One that has been at it for so long is stuck; what it sends after all counts once.
  waited = 0;
  // Another tab may have begun in the same moment; what it stored gets here within a few milliseconds.
  if (!kept.session) await new Promise((go) => setTimeout(go, 50));
  while (again) {
    again = 0;
    await tell('n');
    await flight;
    flight = 0;
  }
};

/** Sends what waits. */
export const drain = async () => {
  again = 1;
  if (sending) return;
  sending = 1;
  try {
    const gone = new Promise((go) => (free = go));
    await (navigator.locks ? navigator.locks.request('cartwake', { ifAvailable: true }, (lock) => Promise.race([send(lock), gone])) : send());
  } catch (error) {
    io.log(error);
  }
  sending = 0;
};

/**
 * The page goes: no time for a lock, and a doubled event counts once.
 *
 * With `event` it may be kept by the browser as it is, lock and all, and then nobody else could send.
 */
export const leave = (event) => {
  if (event) free?.();
  // An address that is not sealed by now goes with the page. It leaves once, without a session if none has come; the next page
  // says the rest of its event again, under the same id.
  for (const waiting of kept.queue)
    if (waiting.email && !sealOf(waiting.email) && left != waiting.id) {
      left = waiting.id;
      post(waiting, 1);
      save();
    }
  return flight || tell('n');
};
