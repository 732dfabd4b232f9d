// The shop's signals to scripts on its pages: GA4 e-commerce events, and Cartwake's calls for the rest.
import * as cart from './cart.js';
import { CURRENCY, decimal } from './money.js';

window.dataLayer = window.dataLayer || [];
// Calls made before Cartwake's script has loaded wait in `cartwake.q`.
window.cartwake = window.cartwake || function () { (window.cartwake.q = window.cartwake.q || []).push(arguments); };

// GA4 wants amounts as JSON numbers; they are made from exact cents at the last moment.
const number = (amount) => Number(decimal(amount));

function item(line) {
  return {
    item_id: line.id,
    item_name: line.name,
    ...(line.variant && { item_variant: line.variant }),
    price: number(line.price),
    quantity: line.quantity,
  };
}

function push(event, lines, details = {}) {
  // Tag managers merge pushes; without this the items of the last event would leak into the next one.
  window.dataLayer.push({ ecommerce: null });
  window.dataLayer.push({
    event,
    ecommerce: {
      currency: CURRENCY,
      value: number(lines.reduce((sum, line) => sum + line.price * line.quantity, 0)),
      ...details,
      items: lines.map(item),
    },
  });
}

/** A product's page shows this offer. @param {import('./catalogue.js').Offer} offer */
export function viewItem(offer) {
  push('view_item', [{ ...offer, quantity: 1 }]);
}

/**
 * This many of an offer came into the cart, or left it when negative.
 * @param {import('./catalogue.js').Offer} offer
 * @param {number} difference
 */
export function changed(offer, difference) {
  if (difference > 0) push('add_to_cart', [{ ...offer, quantity: difference }]);
  if (difference < 0) push('remove_from_cart', [{ ...offer, quantity: -difference }]);
}

/** The cart page shows these lines. @param {cart.Line[]} lines */
export function viewCart(lines) {
  push('view_cart', lines);
}

/** The checkout begins with these lines. @param {cart.Line[]} lines */
export function beginCheckout(lines) {
  push('begin_checkout', lines);
}

/**
 * An order was placed.
 * @param {{ order: string, total: string, currency: string, lines: cart.Line[] }} placed the shop server's answer and what was bought
 */
export function purchase(placed) {
  push('purchase', placed.lines, { transaction_id: placed.order, value: Number(placed.total), currency: placed.currency });
}

/** States the whole cart to Cartwake, with the links, pictures and cart id that GA4 has no fields for. */
export async function stateCart() {
  const lines = await cart.lines();
  window.cartwake('cart', {
    currency: CURRENCY,
    value: decimal(cart.total(lines)),
    token: cart.token(),
    items: lines.map((line) => ({
      ...item(line),
      price: decimal(line.price),
      sku: line.sku,
      url: new URL(line.url, location.origin).href,
      image: new URL(line.image, location.origin).href,
    })),
  });
}
