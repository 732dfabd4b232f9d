// Restore: starts the module behind a recovery link and connects it to the page's callbacks.
import init, { restore } from 'cartwake-restore';
import { io } from './io.js';

const { wasm, wasm_integrity } = io.settings.modules.restore;
const [, token] = /[#&]cw=([\w.-]+)/.exec(io.hash) || [];

// How long the page may take to say who takes carts, milliseconds after it was loaded.
const patience = 3000;

const taker = new Promise((resolve) => {
  let last = Infinity;
  const ask = () => (io.on.restore || performance.now() > last ? resolve() : setTimeout(ask, 100));
  const loaded = () => (last = performance.now() + patience);
  document.readyState == 'complete' ? loaded() : addEventListener('load', loaded);
  ask();
});

/** Gives the cart to each callback; what one throws over, or names in its list, did not come back. */
const hand = async (cart) => {
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
  return lists.flat().filter(Boolean).map((item) => `${item.name || item.item_name || item.product || item.item_id || item}`);
};

// Without permission the id of this browser is not said.
const visitor = io.permitted() ? /"visitor":"(\w+)/.exec(io.get())?.[1] : '';

if (token)
  fetch(io.origin + wasm, { integrity: wasm_integrity })
    .then((module_or_path) => init({ module_or_path }))
    .then(() => restore(io.origin, io.site, token, visitor || undefined, hand))
    .catch(io.log);
