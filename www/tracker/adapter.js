// What a shop states by itself: its cart, customer and orders over the JS interface, and purchases of its analytics.
// Everything else that happens on the page is for the finders, a script of its own (finders.js).
import { ordered, seen } from './cart.js';
import { io } from './io.js';
import { addressed, identified, parted, rebuilt } from './person.js';

// Milliseconds: a page that renders settles first; looking takes a thirtieth of the time, but a machine that is busy
// otherwise makes a look seem long, and what changed must be told within the shopper's patience.
const SETTLES = 300;
const SHARE = 30;
const LONGEST = 2000;

// No list is a source that is missing, not an empty cart.
const cart = (value, step) => {
  const { currency, value: sum, total = sum, token, items } = value || {};
  if (Array.isArray(items)) seen({ source: step ? 'ga4' : 'api', step, currency, total, token, lines: items });
};

/** Reads the cart again: from the shop, where it gave a way to, else from wherever the finders see one. */
export const reread = async () => {
  if (io.on.cart) cart(await io.on.cart[0]());
  else if (!io.stated) await io.take('page');
};

/** What to do with the signals of a shop that speaks for itself. */
export const sources = {
  cart(value) {
    // It knows better than what is seen of it.
    io.stated = 1;
    cart(value);
  },
  clear: parted,
  identify(person) {
    const { email, customer, signature } = person;
    // An address that the shop's server signed goes with the signature: it does not replace one that the shopper typed.
    if (email && !(customer && signature)) addressed(email, 1);
    if (customer) identified(person);
  },
  order: ({ id, transaction_id = id, total, value = total, currency }) => ordered({ id: (io.known = transaction_id), total: value, currency }),
  purchase: (value) => sources.order(value),
  via: rebuilt,
};

let timer;
let pause = SETTLES;
let come;

const glance = () =>
  (timer ||= setTimeout(() =>
    (window.requestIdleCallback || setTimeout)(() => {
      const start = performance.now();
      timer = 0;
      try {
        io.look?.();
        io.glanced?.();
        come();
      } catch (error) {
        io.log(error);
      }
      pause = Math.min(LONGEST, Math.max(SETTLES, SHARE * (performance.now() - start)));
    }, { timeout: LONGEST }), pause));

/** Looks again whenever the page changed; `each` is called at once and with every look. */
export const watch = (each) => {
  come = each;
  come();
  new MutationObserver(glance).observe(document, { childList: true, subtree: true, characterData: true });
  for (const type of ['change', 'click', 'popstate']) addEventListener(type, glance, true);
  glance();
};

Object.assign(io, { seen, ordered, addressed, glance });
