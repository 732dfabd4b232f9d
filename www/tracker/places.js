// Places: where a page holds data in which a cart may stand, and what it says of products and orders for search engines.
import { CART, codeOf, lineOf, named } from './lines.js';
import { cartIn, leavesOf } from './data.js';
import { every, marksOf } from './markup.js';

// Parsing more than this would be felt.
const MOST_TEXT = 5e5;

/** The text that the page shows; it costs a layout, so it is asked for only when an amount may be in minor units. */
export const shownText = () => document.body.innerText;

/** The value of a JSON text; nothing for any other text. */
export const parsed = (text) => {
  try {
    return text.length < MOST_TEXT && /^\s*[[{]/.test(text) ? JSON.parse(text) : undefined;
  } catch {}
};

// A text that is as it was holds what it held.
const read = {};

/** Each cart in the page's data, with the name of its place: JSON scripts, storage, global objects. */
export const cartsHeld = () => {
  const carts = [];
  const add = (place, take) => {
    try {
      const cart = take();
      if (cart) carts.push([place, cart]);
    } catch {
      // Storage is blocked, or the page guards an object.
    }
  };
  const text = (place, name, text) =>
    add(place, () => {
      if (read[place]?.text != text) read[place] = { text, cart: /qty|quantity/i.test(text) && cartIn(parsed(text), name, shownText) };
      return read[place].cart;
    });
  every(document, 'script[type*=json]').forEach((script, place) => text('island ' + script.id + place, script.id + ('cartwakeCart' in script.dataset ? ' cart' : ''), script.text));
  for (const storage of ['localStorage', 'sessionStorage'])
    add(storage, () => {
      for (const key of Object.keys(window[storage])) text(storage + ' ' + key, key, window[storage][key]);
    });
  // Only what the page put there itself: the browser's own are behind getters. Asking all 1,200 names instead of those that
  // are enumerable, as what a page sets is, took 5 ms a look.
  for (const key of Object.keys(window))
    add('window ' + key, () => {
      const { value } = Object.getOwnPropertyDescriptor(window, key);
      return value && value != window && typeof value == 'object' && [key, ...Object.keys(value)].some((name) => /^__|cart|basket/i.test(name)) && cartIn(value, key, shownText);
    });
  return carts;
};

/** What the page says for search engines: its products, the currency of its prices, an order. */
export const described = () => {
  const about = every(document, 'meta[property]').map((meta) => [named(meta.getAttribute('property').replace(/^\w+:/, '')), meta.content]);
  const products = [[...about, ['handle', location.pathname]], ...every(document, '[itemtype$="/Product"]').map(marksOf)];
  const queue = every(document, '[type="application/ld+json"]').map((script) => parsed(script.text));
  let order;
  for (const value of queue) {
    if (!value || typeof value != 'object' || queue.length > 500) continue;
    if (/Product/.test(value['@type'])) products.push(leavesOf([value]));
    if (value['@type'] == 'Order') order = { id: value.orderNumber, total: value.price, currency: value.priceCurrency };
    queue.push(...Object.values(value));
  }
  return { order, lines: products.map((leaves) => lineOf([['quantity', '1'], ...leaves], {})).filter((line) => line?.name), currency: codeOf(products.flat()) };
};
