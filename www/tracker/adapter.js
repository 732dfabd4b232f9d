// The generic adapter: carts and orders of the JS interface and of GA4 events.
import { ordered, seen } from './cart.js';
import { addressed, identified, parted, rebuilt } from './person.js';

const { io } = cartwake;
// A shop that states its cart itself knows better than its analytics; those then only say that something changed.
let stated;

const line = (item) => {
  const { item_id, item_name, item_variant, sku, options, quantity, price, url, image } = item;
  return { product: item_id ?? item_name, variant: item_variant, sku, options, name: item_name, quantity, price, url, image };
};

const cart = (source, step, { currency, value, token, items }) => {
  // No list is a source that is missing, not an empty cart.
  if (Array.isArray(items)) seen({ source, step, currency, total: value, token, lines: items.slice(0, 120).map(line) });
};

/** Asks the shop for its cart, where it gave a way to. */
export const reread = async () => cart('api', '', { ...(await io.on.cart?.[0]()) });

/** Called once when the engine runs. */
export const watch = () => {};

/** What to do with each signal of the page. */
export const sources = {
  cart(value) {
    stated = 1;
    cart('api', '', value);
  },
  clear: parted,
  identify({ email, customer }) {
    if (email) addressed(email, 1);
    if (customer) identified(customer);
  },
  order: ({ id, transaction_id = id, total, value = total, currency }) => ordered({ id: transaction_id, total: value, currency }),
  purchase: (value) => sources.order(value),
  view_cart: (value) => (stated ? reread() : cart('ga4', 'cart', value)),
  begin_checkout: (value) => (stated ? reread() : cart('ga4', 'checkout', value)),
  add_to_cart: reread,
  remove_from_cart: reread,
  via: rebuilt,
};
