// The generic adapter: looks where any shop may show its cart, whenever something happened, and states what it finds.
// A script of its own, loaded unless the shop states its cart by itself (capture.js).
import { cartIn, leavesOf } from './data.js';
import { cartsIn, every, rootsIn, text, totalIn } from './markup.js';
import { DONE } from './orders.js';
import { CART, OTHER, lineOf } from './lines.js';
import { cartsHeld, described, parsed, shownText } from './places.js';
import { io } from './io.js';

const { seen } = io;
const usual = io.settings.currency;
// Milliseconds: a page that renders settles first.
const SETTLES = 300;
const MOST_ADDRESSES = 4;
// What asks for a change, in a part of an address or its query; such an address is never asked.
const CHANGE = 'nonce|add|undo|remov|clear|qty|log.?out|batch|quant|edit|manif|set|chang|creat|token|updat|delet';
const CUT = RegExp(`/[^/]*(?:${CHANGE})`, 'i');
// Numbers and words behind that for a cart which only ask to read it; any other may change it, in whatever language.
const READS = RegExp(`^.*(${CART.source})[^/]*(/([^/]*\\d[^/]*|(items|lines|mini|get|load|info|show|list|index|content|data|summary|total|json)[^/]*|$))*`, 'i');
const PAYS = /(check.?outs?|kass[ae]|caisse|zam[oó]w\w*)([^a-z/]|\/(?!cart)|$)/i;

// What each place showed last, and whether this page showed anything new since something last happened.
const shown = {};
let isNews;
// The currency that the page names by itself.
let spoken;
const prices = {};
const addresses = new Set();
const asked = new Set();
// How often an address did not answer; one that takes changes alone never does.
const vain = {};

// Where the settings name the parts of a cart, nothing else on a page is taken for one (chosen.js).
const cartsOn = io.chosen || cartsIn;
const held = () => (io.chosen ? [] : cartsHeld());

// Called a cart and nothing else, with two words before it at most, for shops whose addresses have no words.
const TITLE = RegExp(`^\\s*(\\S+ ){0,2}\\S*(${CART.source})\\S*[\\s\\d()]*$`, 'i');
const here = () => location.pathname + location.search;
const isCartPage = () => CART.test(here()) || TITLE.test(document.querySelector('h1')?.textContent);
const isCheckout = () => PAYS.test(here());
const step = () => (isCheckout() ? 'checkout' : isCartPage() ? 'cart' : '');
const pieces = (cart) => cart?.lines?.map(({ quantity }) => quantity).sort() + '';

// Whether the page was looked at before: what comes to be there later is as new as it looks.
let looked;
const watched = new WeakSet();
let ranks = '';

// States what a place shows, when that is new there; nothing in it only counts where something was, unless it is `sure`.
const state = (source, { name, region, isPart, page, ...cart }, sure, at) => {
  cart.currency ||= spoken;
  for (const line of cart.lines) {
    // Variants that only their stock keeping units tell apart, or their names.
    if (!line.variant && line.product && cart.lines.some((other) => other != line && other.product == line.product)) line.variant = line.sku || (!line.options && line.name);
    // Where only the sum of several pieces stands, another place or an earlier look may have shown the price of one.
    const one = [line.product || line.name, line.variant, line.sku, line.options];
    if (!cart.digits) line.price = prices[one] = line.price || prices[one];
  }
  const text = JSON.stringify(cart);
  const before = shown[source];
  if (before == text || !(cart.lines[0] || before || sure)) return;
  shown[source] = text;
  isNews = 1;
  // What the page came with is as old as the page, and that begins when the one before has gone: until its answer came, the
  // old page was still looked at.
  seen({ source, at: at || (looked ? Date.now() : performance.timing.domLoading), step: step(), ...cart });
};

/** Looks at the page and gives the cart that it shows. */
const look = () => {
  // A page of the cart or the checkout that has a field to type in, or any that asks for more than one thing.
  if (document.querySelectorAll('input:is([type=text],[type=email],:not([type]))').length > (step() ? 0 : 1)) io.load('checkout');
  // What tells that something was added shows that alone.
  if (io.stated || /\badded/.test(location.pathname)) return;
  const { lines, currency, order } = described();
  spoken = currency;
  // Which order a page confirms is for a script of its own to say; what it shows is no cart any more.
  if (order || DONE.test(location.href + every(document, 'h1,h2,title').map(text))) {
    const done = io.confirmed ? io.confirmed(order, totalIn(document.body)[0]) : io.load('thanks');
    if (done != null) return done;
  }
  if (lines[0]) seen({ source: 'markup', whole: false, lines });
  const ranking = [];
  // For the debug mode, which has the words.
  const rank = (place, { lines }, why) => ranking.push([place, lines.length, why]);
  const carts = rootsIn(document).flatMap((root) => {
    if (root != document && !watched.has(root)) {
      watched.add(root);
      new MutationObserver(io.glance).observe(root, { childList: true, subtree: true, characterData: true });
    }
    return cartsOn(root, isCartPage() || CART.test(root.host?.localName), usual);
  }).filter((cart, place, all) => {
    cart.name = 'page ' + cart.region.id + cart.region.className;
    // A checkout repeats by name alone what other pages know better.
    const why = io.chosen ? '' : isCheckout() && !cart.lines.every(({ product }) => product) ? 'n' : cart.isPart && (isCartPage() ? all.some((other) => other.lines[0] && !other.isPart) : cartLink()) ? 'p' : '';
    rank(cart.name, cart, why || 's');
    return !why;
  });
  const visible = carts.filter((cart) => cart.lines[0]).pop();
  for (const cart of carts) state(cart.name, cart, io.chosen || isCartPage());
  for (const [place, cart] of held()) {
    // What a page was delivered with may be older than what it shows by now.
    const isTaken = shown[place] || !visible || pieces(cart) == pieces(visible);
    rank(place, cart, isTaken ? 'd' : 'o');
    if (isTaken) state(place, cart);
  }
  if (ranks != (ranks = ranking + '')) io.log('carts', ranking);
  looked = 1;
  return visible;
};

/**
 * Where the cart that an address speaks of can be read: the part of its path that names a cart, never its query.
 *
 * Anybody who writes a review can put a link on a page, and we ask with the shopper's cookies.
 */
const readable = (address) => {
  const { origin, pathname } = new URL(address, location);
  const [before] = pathname.split(CUT);
  const [path] = READS.exec(before) || [before];
  if (origin == location.origin && CART.test(path) && !OTHER.test(path) && !PAYS.test(path)) return origin + path;
};

/** The page of the cart, where the settings or a link of the page name one. */
const cartLink = () => io.settings.cart?.page || [...document.links].map(({ href }) => readable(href)).find(Boolean);

const read = async (address) => {
  asked.add(address);
  const at = Date.now();
  const answer = await fetch(address);
  if (!answer.ok) {
    addresses.delete(address);
    vain[address] = -~vain[address];
    return;
  }
  const text = await answer.text();
  const value = parsed(text);
  const cart = value ? !io.chosen && cartIn(value, address, shownText) : cartsOn(new DOMParser().parseFromString(text, 'text/html'), 1, usual).pop();
  if (cart) state(address, cart, 1, at);
  return cart;
};

let waiting;

// Reads the cart again from wherever it can be read now.
const reread = () => {
  clearTimeout(waiting);
  isNews = 0;
  waiting = setTimeout(async () => {
    try {
      let found = look();
      // Nobody is asked for what the page has come to show by itself.
      if (!isNews || !found) for (const address of addresses) found = (await read(address)) || found;
      found ||= held().find(([, { lines }]) => lines[0]);
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
    if (found && !(vain[found] > 1) && addresses.size < MOST_ADDRESSES) addresses.add(found);
    reread();
  },
  form: reread,
  page: reread,
};

io.look = look;
// The first look in two tasks, since neither may be a long one: what has been read from data once costs little again.
held();
setTimeout(() => {
  for (const name in handlers) io.handle(name, (value) => io.stated || handlers[name](value));
  io.glance();
});
