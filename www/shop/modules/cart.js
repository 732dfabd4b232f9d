// The shopper's cart: the offers and their quantities, kept in this browser under the shop's own key.
import { catalogue } from './catalogue.js';

const KEY = 'fennholm.cart';

/** The most of one offer that this shop sells in one order. */
export const MOST = 20;

/**
 * @typedef {import('./catalogue.js').Offer & { quantity: number, total: number }} Line an offer, how many, and their price together in cents
 */

// Where storage is blocked the cart lives as long as the page.
let unstored = null;

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? { token: null, lines: [] };
  } catch {
    return unstored ?? { token: null, lines: [] };
  }
}

const listeners = new Set();

function notify(here) {
  for (const listener of listeners) listener(here);
}

function store(cart) {
  try {
    localStorage.setItem(KEY, JSON.stringify(cart));
  } catch {
    unstored = cart;
  }
  notify(true);
}

function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `fh_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

const is = (id, variant) => (line) => line.id === id && line.variant === variant;

/**
 * Calls `listener` after every change of the cart.
 * @param {(here: boolean) => void} listener told whether the change was made on this page or in another tab
 */
export function onChange(listener) {
  listeners.add(listener);
}

addEventListener('storage', (event) => {
  if (event.key === KEY) notify(false);
});

/** The shop's own id of this cart, or `null` before anything was put into it. */
export function token() {
  return stored().token;
}

/** How many pieces are in the cart. */
export function count() {
  return stored().lines.reduce((sum, line) => sum + line.quantity, 0);
}

/**
 * The cart's lines with today's names and prices; what the shop no longer sells is left out.
 * @returns {Promise<Line[]>}
 */
export async function lines() {
  const range = await catalogue;
  return stored().lines.flatMap(({ id, variant, quantity }) => {
    const offer = range.offer(id, variant);
    return offer ? [{ ...offer, quantity, total: offer.price * quantity }] : [];
  });
}

/** The price of these lines together, in cents. @param {Line[]} of */
export function total(of) {
  return of.reduce((sum, line) => sum + line.total, 0);
}

/**
 * Sets how many of an offer are in the cart, at most {@link MOST}; none takes the line away.
 * @returns {number} by how many it changed
 */
export function setQuantity(id, variant, quantity) {
  const cart = stored();
  const wanted = Math.max(0, Math.min(MOST, Math.trunc(quantity) || 0));
  const line = cart.lines.find(is(id, variant));
  const before = line?.quantity ?? 0;
  if (wanted === before) return 0;
  if (wanted === 0) cart.lines = cart.lines.filter((other) => other !== line);
  else if (line) line.quantity = wanted;
  else cart.lines.push({ id, variant, quantity: wanted });
  cart.token ??= newToken();
  store(cart);
  return wanted - before;
}

/** How many of an offer are in the cart. */
export function quantityOf(id, variant) {
  return stored().lines.find(is(id, variant))?.quantity ?? 0;
}

/** Forgets the cart and its token: it has become an order. */
export function close() {
  store({ token: null, lines: [] });
}
