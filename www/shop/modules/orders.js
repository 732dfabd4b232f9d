// Places an order with the shop's server and keeps it for the thank-you page.
import * as cart from './cart.js';

const KEY = 'fennholm.order';

/**
 * @typedef {object} Placed
 * @property {string} order number of the order
 * @property {string} total decimal string
 * @property {string} currency ISO 4217
 * @property {cart.Line[]} lines
 * @property {string} email
 */

/**
 * Orders these lines.
 * @param {string} email
 * @param {cart.Line[]} lines
 * @throws when the server cannot be reached or refuses; the cart is then as it was
 */
export async function place(email, lines) {
  const answer = await fetch('/api/order', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      cart_token: cart.token(),
      email,
      lines: lines.map((line) => ({ product: line.id, variant: line.variant, quantity: line.quantity })),
    }),
  });
  if (!answer.ok) throw new Error(`/api/order answered ${answer.status}`);
  const { order, total, currency } = await answer.json();
  sessionStorage.setItem(KEY, JSON.stringify({ order, total, currency, lines, email }));
}

/**
 * The order this tab placed last, and whether it is seen for the first time.
 * @returns {{ placed: Placed, isNew: boolean } | null} `null` without an order, or where storage is blocked
 */
export function last() {
  try {
    const placed = JSON.parse(sessionStorage.getItem(KEY));
    if (!placed) return null;
    sessionStorage.setItem(KEY, JSON.stringify({ ...placed, seen: true }));
    return { placed, isNew: !placed.seen };
  } catch {
    return null;
  }
}
