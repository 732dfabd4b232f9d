// The generic adapter: looks where any shop may show its cart, whenever something happened, and states what it finds.
// A script of its own, loaded unless the shop states its cart by itself (capture.js).
import { CART, OTHER, lineOf } from './lines.js';
import { cartIn, leavesOf } from './data.js';
import { cartsIn, rootsIn } from './markup.js';
import { orderIn } from './orders.js';
import { cartsHeld, described, parsed, shownText } from './places.js';

const { io } = cartwake;
const { ordered, seen } = io;
const usual = io.settings.currency;
// Milliseconds: a page that renders settles first.
const SETTLES = 300;
const MOST_ADDRESSES = 4;
// What asks for a change, in a part of an address or its query; such an address is never asked.
const CHANGE = 'add|remov|delet|updat|clear|edit|chang|set|creat|log.?out|batch|nonce|undo|qty|quant|token';
const CHANGES = RegExp(CHANGE, 'i');
const CUT = RegExp(`/[^/]*(?:${CHANGE})`, 'i');
// Numbers and words behind that for a cart which only ask to read it; any other may change it, in whatever language.
const READS = RegExp(`^.*(${CART.source})[^/]*(/([^/]*\\d[^/]*|(items|lines|mini|get|load|show|list|info|index|content|data|summary|total|json)[^/]*|$))*`, 'i');
const PAYS = /(check.?outs?|kass[ae]|caisse|zam[oó]w\w*)([^a-z/]|\/(?!cart)|$)/i;

// What each place showed last.
const shown = {};
const prices = {};
const addresses = new Set();
const asked = new Set();

// Where the settings name the parts of a cart, nothing else on a page is taken for one (chosen.js).
const cartsOn = io.chosen || cartsIn;
const held = () => (io.chosen ? [] : cartsHeld());

// Called a cart and nothing else, with so many words before it, for shops whose addresses have no words.
const called = (words) => RegExp(`^\\s*(\\S+ ){0,${words}}\\S*(${CART.source})\\S*[\\s\\d()]*$`, 'i');
const TITLE = called(2);
const LINK = called(0);
const here = () => location.pathname + location.search;
const isCartPage = () => CART.test(here()) || TITLE.test(document.querySelector('h1')?.textContent);
const isCheckout = () => PAYS.test(here());
const step = () => (isCheckout() ? 'checkout' : isCartPage() ? 'cart' : '');
const pieces = (cart) => cart?.lines.map(({ quantity }) => quantity).sort() + '';

// Whether the page was looked at before: what comes to be there later is as new as it looks.
let looked;
const watched = new WeakSet();
let ranks = '';

// States what a place shows, when that is new there; nothing in it only counts where something was, unless it is `sure`.
const state = (source, { region, isPart, page, ...cart }, sure, at) => {
  for (const line of cart.lines) {
    // Variants that only their stock keeping units tell apart.
    if (!line.variant && cart.lines.some((other) => other != line && other.product == line.product)) line.variant = line.sku;
    // Where only the sum of several pieces stands, another place or an earlier look may have shown the price of one.
    const one = [line.product || line.name, line.variant, line.sku, line.options];
    if (!cart.digits) line.price = prices[one] = line.price || prices[one];
  }
  const text = JSON.stringify(cart);
  const before = shown[source];
  if (before == text || !(cart.lines[0] || before || sure)) return;
  shown[source] = text;
  // What the page came with is as old as the page, and that begins when the one before has gone: until its answer came, the
  // old page was still looked at.
  seen({ source, at: at || (looked ? Date.now() : performance.timing.domLoading), step: step(), ...cart });
};

/** Looks at the page and gives the cart that it shows. */
const look = () => {
  // A page of the cart or the checkout that has a field to type in, or any that asks for more than one thing.
  if (document.querySelectorAll('input:is([type=text],[type=email],:not([type]))').length > (step() ? 0 : 1)) io.load('checkout');
  if (io.stated) return;
  const { lines, currency, order } = described();
  const id = order?.id || orderIn(document, location.href);
  if (id) {
    // The lines of an order are no cart any more.
    if (io.known != id) ordered({ ...order, id: (io.known = id) });
    return;
  }
  if (lines[0]) seen({ source: 'markup', whole: false, lines });
  const ranking = [];
  const rank = (place, cart, why) => ranking.push(`${place}: ${cart.lines.length} lines, ${why}`);
  const carts = rootsIn(document).flatMap((root) => {
    if (root != document && !watched.has(root)) {
      watched.add(root);
      new MutationObserver(io.glance).observe(root, { childList: true, subtree: true, characterData: true });
    }
    return cartsOn(root, isCartPage() || CART.test(root.host?.localName), usual);
  }).filter((cart, place, all) => {
    cart.name = 'page ' + cart.region.id + cart.region.className;
    // A checkout repeats by name alone what other pages know better.
    const why = io.chosen ? '' : isCheckout() && !cart.lines.every(({ product }) => product) ? 'names alone' : cart.isPart && (isCartPage() ? all.some((other) => other.lines[0] && !other.isPart) : cartLink()) ? 'a part of the cart' : '';
    rank(cart.name, cart, why || 'shown');
    return !why;
  });
  const visible = carts.filter((cart) => cart.lines[0]).pop();
  for (const { name, ...cart } of carts) state(name, { ...cart, currency: cart.currency || currency }, io.chosen || isCartPage());
  for (const [place, cart] of held()) {
    // What a page was delivered with may be older than what it shows by now.
    const isTaken = shown[place] || !visible || pieces(cart) == pieces(visible);
    rank(place, cart, isTaken ? 'data' : 'older than the page');
    if (isTaken) state(place, { ...cart, currency: cart.currency || currency });
  }
  if (ranks != (ranks = ranking + '')) io.log('carts on this page', ranking, 'the newest that states all of it wins');
  looked = 1;
  return visible;
};

/** Where the cart that a request touched can be read, as far as its address tells. */
const readable = (address) => {
  const { origin, pathname, search } = new URL(address, location);
  const [before] = pathname.split(CUT);
  const [path] = READS.exec(before) || [before];
  const found = path + (path == pathname && !CHANGES.test(search) ? search : '');
  if (origin == location.origin && CART.test(found) && !OTHER.test(found) && !PAYS.test(found)) return origin + found;
};

/** The page of the cart, where the settings or a link of the page name one. */
const cartLink = () =>
  io.settings.cart?.page ||
  [...document.links].map((link) => readable(link.href) || (LINK.test(link.textContent) && !CHANGES.test(link.href + link.textContent) && link.origin == location.origin && link.href)).find(Boolean);

const read = async (address) => {
  asked.add(address);
  const at = Date.now();
  const answer = await fetch(address);
  const text = await answer.text();
  if (!answer.ok) addresses.delete(address);
  const value = parsed(text);
  const cart = value ? !io.chosen && cartIn(value, address, shownText) : cartsOn(new DOMParser().parseFromString(text, 'text/html'), 1, usual).pop();
  if (cart) state(address, cart, 1, at);
  return cart;
};

let waiting;

// Reads the cart again from wherever it can be read now.
const reread = () => {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    let found;
    try {
      for (const address of addresses) found = (await read(address)) || found;
      found ||= look() || held()[0];
      const link = cartLink();
      if (!found && link) await read(link);
    } catch (error) {
      io.log(error);
    }
  }, SETTLES);
};

const snapshot =
  (at) =>
  ({ currency, value, items }) => {
    // No list is a source that is missing, not an empty cart; a quantity that is missing is one.
    if (!Array.isArray(items)) return;
    const lines = items.slice(0, 120).map((item) => lineOf([...leavesOf([item]), ['quantity', '1']], {}) || { quantity: 0 });
    // What the page shows has the shop's own ids; the event then only fills gaps.
    const whole = pieces(look()) != items.map(({ quantity = 1 }) => quantity).sort() + '';
    seen({ source: 'ga4', whole, step: at, currency, total: value, lines });
  };

const handlers = {
  view_cart: snapshot('cart'),
  begin_checkout: snapshot('checkout'),
  add_to_cart: reread,
  remove_from_cart: reread,
  request(address) {
    // Our own questions are requests of the page, too.
    if (asked.delete(address)) return;
    const found = readable(address);
    if (found && addresses.size < MOST_ADDRESSES) addresses.add(found);
    reread();
  },
  form: reread,
  page: reread,
};

for (const name in handlers) io.handle(name, (value) => io.stated || handlers[name](value));
io.look = look;
io.reread = reread;
io.glance();
