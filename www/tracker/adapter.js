// The generic adapter: carts and orders of the JS interface and of GA4 events, as rows for the step.
import { clean, tell } from './sender.js';

const { io } = cartwake;
// A shop that states its cart itself knows better than its analytics; those then only say that something changed.
let stated;

const link = (address) => {
  try {
    const { protocol, href } = new URL(address, location);
    return /^http/.test(protocol) && href.length < 500 ? href : '';
  } catch {}
};

// The engine knows the codes; where it cannot tell, the Worker does.
const currency = (code) => {
  code = clean(code).toUpperCase();
  return Intl.supportedValuesOf?.('currency').includes(code) === false ? '' : code;
};

const row = (item) => {
  try {
    const { item_id, item_name, item_variant, sku, options, quantity, price, url, image } = item;
    return [item_id ?? item_name, item_variant, sku, options, item_name, quantity, price, url && link(url), image && link(image)];
  } catch (error) {
    // A getter of the page threw: that line is not known.
    io.log(error);
    return [];
  }
};

const cart = (step, { currency: code, value, token, items }) => {
  // No list is a source that is missing, not an empty cart.
  if (Array.isArray(items)) tell('c', [step, currency(code), value, token], items.slice(0, 120).map(row));
};

/** Asks the shop for its cart, where it gave a way to. */
export const reread = async () => cart('', { ...(await io.on.cart?.[0]()) });

/** What to do with each signal of the page. */
export const sources = {
  cart(value) {
    stated = 1;
    cart('', value);
  },
  clear: () => cart('', { items: [] }),
  identify({ email, customer }) {
    if (email) tell('e', [1, email]);
    if (customer) tell('i', [customer]);
  },
  order: ({ id, transaction_id = id, total, value = total, currency: code }) => tell('o', [transaction_id, value, currency(code)]),
  purchase: (value) => sources.order(value),
  view_cart: (value) => (stated ? reread() : cart('cart', value)),
  begin_checkout: (value) => (stated ? reread() : cart('checkout', value)),
  add_to_cart: reread,
  remove_from_cart: reread,
  via: (token) => tell('v', [token]),
};
