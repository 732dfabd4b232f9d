// Takes back the cart that a Cartwake recovery link brings along.
import * as cart from './cart.js';
import { catalogue } from './catalogue.js';

/**
 * Puts restored lines into the cart. A line that is already there keeps the higher quantity, so that opening the
 * link twice doubles nothing.
 * @param {{ lines: { product: string, variant?: string, quantity: number }[] }} restored
 * @returns {Promise<object[]>} the lines that are sold out or no longer sold
 */
async function restore(restored) {
  const range = await catalogue;
  const missing = [];
  for (const line of restored.lines) {
    const offer = range.offer(line.product, line.variant);
    if (!offer?.available) missing.push(line);
    else cart.setQuantity(offer.id, offer.variant, Math.max(line.quantity, cart.quantityOf(offer.id, offer.variant)));
  }
  return missing;
}

/** Asks Cartwake to hand over a restored cart when there is one. */
export function listen() {
  window.cartwake('on', 'restore', restore);
}
