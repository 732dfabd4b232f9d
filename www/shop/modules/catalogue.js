// The shop's products: the product feed joined with the texts for people.
import { cents } from './money.js';

/**
 * @typedef {object} Offer one thing that can be put into the cart
 * @property {string} id product id
 * @property {string} variant the shopper's choice, empty where there is none
 * @property {string} sku
 * @property {string} name
 * @property {number} price in cents
 * @property {string} url path of its page
 * @property {string} image path of its picture
 * @property {boolean} available
 */

/**
 * @typedef {object} Product offers that differ only in their variant
 * @property {string} id
 * @property {string} name
 * @property {string} kind the department it stands in
 * @property {?string} choice what its variants differ in, e.g. `Glaze`
 * @property {string} text
 * @property {string[]} facts
 * @property {Offer[]} offers
 */

/** The shop's whole range, in the order it is shown. */
export class Catalogue {
  /** @param {Product[]} products */
  constructor(products) {
    this.products = products;
  }

  /** The product with this id, or `undefined`. @returns {Product | undefined} */
  product(id) {
    return this.products.find((product) => product.id === id);
  }

  /** The offer with this id and variant, or `undefined`. @returns {Offer | undefined} */
  offer(id, variant) {
    return this.product(id)?.offers.find((offer) => offer.variant === (variant ?? ''));
  }
}

async function read(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

async function load() {
  const [feed, descriptions] = await Promise.all([read('/catalogue.json'), read('/descriptions.json')]);
  const products = new Map();
  for (const entry of feed.products) {
    const product = products.get(entry.id) ?? { id: entry.id, name: entry.name, offers: [], ...descriptions[entry.id] };
    product.offers.push({ ...entry, price: cents(entry.price) });
    products.set(entry.id, product);
  }
  return new Catalogue([...products.values()]);
}

/** The catalogue, fetched once a page. @type {Promise<Catalogue>} */
export const catalogue = load();
