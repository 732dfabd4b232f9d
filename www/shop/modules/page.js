// The common part of every page: the cart in the header, announcements, and the report to Cartwake.
import * as cart from './cart.js';
import { byId, element, render } from './dom.js';
import * as restore from './restore.js';
import * as signals from './signals.js';

function showCount() {
  const pieces = cart.count();
  byId('cart-count').textContent = pieces;
  byId('cart-link').setAttribute('aria-label', `Cart, ${pieces} ${pieces === 1 ? 'item' : 'items'}`);
}

/** Shows a sentence at the page's edge and has screen readers say it. */
export function announce(sentence) {
  render(byId('status'), element('p', {}, sentence, ' ', element('a', { href: '/cart.html' }, 'View cart')));
}

/** Says in `main` that the shop could not load its range, with a way to try again. */
export function unavailable(main) {
  render(
    main,
    element('div', { class: 'empty' },
      element('h1', {}, 'The shelves did not load'),
      element('p', {}, 'The shop could not be reached just now. Your cart is kept.'),
      element('button', { class: 'button', type: 'button', onclick: () => location.reload() }, 'Try again')),
  );
}

/** Starts the page; `changed` is called after each change of the cart. */
export function start(changed = () => {}) {
  showCount();
  restore.listen();
  cart.onChange((here) => {
    showCount();
    // The tab in which the shopper acted states it; a second statement could arrive after its purchase.
    if (here) signals.stateCart();
    changed();
  });
  // Also at load: consent may be given on this page, and before it Cartwake may not remember what earlier pages said.
  if (cart.count() > 0) signals.stateCart();
}
