// Restore: starts the module behind a recovery link and connects it to the page's callbacks.
import init, { restore } from 'cartwake-restore';
import { io } from './io.js';

const { wasm, wasm_integrity } = io.settings.modules.restore;
const [, linked] = /[#&]cw=([\w.-]+)/.exec(io.hash) || [];
// Without one, an earlier page of this tab came by a link, and nobody has touched anything since.
const token = linked || io.visit;

// How long the page may take to say who takes carts, milliseconds after it was loaded.
const patience = 3000;

const taker = new Promise((resolve) => {
  let last = Infinity;
  const ask = () => (io.on.restore || performance.now() > last ? resolve() : setTimeout(ask, 100));
  const loaded = () => (last = performance.now() + patience);
  document.readyState == 'complete' ? loaded() : addEventListener('load', loaded);
  ask();
});

// The name that the shim looks for.
const MARK = 'cartwake visit';
const mark = (visit) => {
  try {
    visit ? (sessionStorage[MARK] = visit) : sessionStorage.removeItem(MARK);
  } catch (error) {
    io.log(error);
  }
};

const TOUCHES = ['pointerdown', 'keydown', 'touchstart', 'click'];
let hear;
let isBegun;
for (const type of TOUCHES)
  addEventListener(type, ({ isTrusted }) => {
    // A screen reader clicks without a key or a pointer; behind those a click is the same touch.
    const isSame = isBegun && type == 'click';
    isBegun = type != 'click';
    if (isTrusted && !isSame) hear();
  }, true);
const touched = () => new Promise((resolve) => (hear = resolve));
const first = touched();

// The visit counts once the shopper touches the page: programs that check mails run scripts too, but no key and no tap of
// a script is trusted. The page may go with the same tap.
const confirm = async (touch) => {
  await touch;
  try {
    const body = JSON.stringify({ site: io.site, token });
    const { status } = await fetch(io.origin + '/v1/visit', { method: 'POST', body, keepalive: true });
    if (status < 500) return mark();
  } catch (error) {
    io.log(error);
  }
  return confirm(touched());
};

let confirming;

// What the page could not put back: which line it is, and what the page calls it.
const missed = (item, lines) => {
  const id = item.product ?? item.item_id;
  const variant = item.variant ?? item.item_variant;
  const same = (line) => line == item || (id && line.product == id && (variant ?? line.variant) == line.variant);
  const words = item.name || item.item_name || (/^(string|number)$/.test(typeof item) ? item : id);
  return { line: lines.findIndex(same), words: words && `${words}` };
};

/** Gives the cart to each callback; what one throws over, or names in its list, did not come back. */
const hand = async (cart) => {
  // What takes the cart may lead to another page before anybody has touched this one.
  mark(token);
  confirming ||= confirm(first);
  // What happens to the cart from here on comes from this reminder.
  io.report('via', token);
  await taker;
  if (!io.on.restore) return;
  const lists = await Promise.all(
    io.on.restore.map(async (take) => {
      try {
        return await take(cart);
      } catch (error) {
        io.log(error);
        return cart.lines;
      }
    }),
  );
  return lists.flat().filter(Boolean).map((item) => missed(item, cart.lines));
};

if (!linked) confirm(first);
else
  fetch(io.origin + wasm, { integrity: wasm_integrity })
    .then((module_or_path) => init({ module_or_path }))
    .then(() => restore(io.origin, io.site, token, hand))
    .catch(io.log);
