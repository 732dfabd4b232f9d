// What sources of carts and orders hand over, as rows for the step.
import { io } from './io.js';
import { clean, context, kept, tell } from './sender.js';

const names = ['product', 'variant', 'options', 'sku', 'name', 'url', 'image'];
// What this page said of products without stating a cart, the newest first.
let products = [];

// The decimal mark of the page's language, where an amount has a mark before three digits; a language tag may be none. Asked
// for only then, for the first question starts the browser's library of languages, 15 ms.
let mark;
const markFor = (total, lines = []) => {
  try {
    if (/\d[.,]\d{3}(?!\d)/.test([total, ...lines.map(({ price }) => price)])) mark ||= (1.5).toLocaleString(context.locale)[1];
  } catch {}
  return mark;
};

const link = (address) => {
  try {
    const { protocol, href } = new URL(address, location);
    if (/^http/.test(protocol) && href.length < 500) return href;
  } catch {}
};

const currency = (code) => clean(code).toUpperCase() || kept.said.snapshot?.currency || io.settings.currency;

// A number has a point as its mark and may have the noise of floating point; a whole number of minor units has neither.
const amount = (value, digits) => (typeof value == 'number' && !digits ? value.toFixed(6) : clean(value));

const named = (name) => [...products.map(({ texts }) => texts), ...(kept.said.snapshot?.lines || [])].find((texts) => texts.name == name);

const row = (line, digits) => {
  try {
    const texts = {};
    for (const name of names) {
      // GA4 calls them `item_name`, and the product `item_id`.
      const value = line[name] ?? line['item_' + name];
      const text = clean(value && /^(url|image)/.test(name) ? link(value) : value);
      if (text) texts[name] = text;
    }
    // A list may show a name alone; another page has said which product it is.
    texts.product ||= clean(line.item_id) || texts.sku || named(texts.name)?.product || texts.name;
    return { key: clean(line.key), texts, fields: [...names.map((name) => texts[name]), clean(line.quantity), amount(line.price, digits)].join('\t') };
  } catch (error) {
    // A getter of the page threw: that line is not known.
    io.log(error);
    return { texts: {}, fields: '' };
  }
};

/**
 * Takes in what a source says of the cart.
 *
 * `whole`: this is the cart as it was `at` that time; otherwise only knowledge about products. Amounts are texts as
 * shown, numbers, or with `digits` whole numbers of so many minor digits. A line has `key` (the shop's own id of it),
 * `product`, `variant`, `sku`, `options`, `name`, `quantity`, `price` of one, `url`, `image`.
 */
export const seen = ({ source, whole = true, at = Date.now(), step, currency: code, digits, total, token, lines = [] }) => {
  io.log('source', source, whole, lines);
  const stated = lines
    .slice(0, 120)
    .map((line) => row(line, digits))
    // The same line rendered twice.
    .filter(({ key }, place, all) => !key || all.findIndex((other) => other.key == key) == place);
  if (!whole) {
    products = [...stated, ...products].slice(0, 120);
    return;
  }
  code = currency(code);
  // What is kept has its prices in minor units; they hold where a source shows only the sum of several pieces.
  const known = ({ lines = [], currency } = {}) => lines.map(({ price, ...line }) => ({ ...row(line, 1), price: code == currency ? price : undefined }));
  return tell(
    'c',
    [stated.length, amount(total, digits), code, digits || 0, markFor(total, lines), Math.round(at)],
    (total, lines) => {
      context.step = step;
      return { currency: code, total, token: clean(token) || undefined, lines };
    },
    () => [...stated, ...known(kept.said.snapshot), ...products],
  );
};

/** Takes in an order that the page confirms. */
export const ordered = ({ id, total, currency: code, digits }) => {
  id = clean(id);
  code = currency(code);
  return tell('o', [id, amount(total, digits), code, digits || 0, markFor(total)], (total) => ({ id, total, currency: total == null ? undefined : code }));
};
