// Builds product cards for the catalogue and the product page.
import { element } from './dom.js';
import { price } from './money.js';

function priceText(product) {
  const prices = product.offers.map((offer) => offer.price);
  const lowest = Math.min(...prices);
  return Math.max(...prices) > lowest ? `from ${price(lowest)}` : price(lowest);
}

function choices(product) {
  if (product.offers.length === 1) return product.kind;
  return product.offers.map((offer) => offer.variant).join(' · ');
}

/**
 * A card that leads to the product's page.
 * @param {import('./catalogue.js').Product} product
 * @param {number} place its place in the list, from 0; the first row's pictures load at once
 */
export function card(product, place) {
  const soldOut = product.offers.every((offer) => !offer.available);
  return element('li', { class: 'card' },
    element('a', { href: product.offers[0].url },
      element('span', { class: 'card-picture' },
        element('img', { src: product.offers[0].image, alt: '', width: 800, height: 800, loading: place < 4 ? 'eager' : 'lazy' }),
        soldOut && element('span', { class: 'flag' }, 'Sold out')),
      element('span', { class: 'card-name' }, product.name),
      element('span', { class: 'card-choices' }, choices(product)),
      element('span', { class: 'card-price' }, priceText(product))));
}
