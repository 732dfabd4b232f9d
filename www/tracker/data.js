// Data: finds a cart in any value a page holds, such as the JSON of an answer or a global object. Pure.
import { CART, OTHER, codeOf, lineOf, named, plain, quantityOf, totalOf } from './lines.js';

// A whole application's state has some thousand objects; looking at more would be felt.
const MOST_OBJECTS = 4000;
const MOST_KEYS = 300;
const LONGEST_PATH = 300;

// Elements, windows and instances of classes are no data.
const isData = (value) => value && typeof value == 'object' && [Object.prototype, Array.prototype, null].includes(Object.getPrototypeOf(value));

// A getter of the page may throw; that field is not known then.
const entries = (value) =>
  Object.keys(value).slice(0, MOST_KEYS).map((key) => {
    try {
      return [named(key), value[key]];
    } catch {
      return [key];
    }
  });

/** Names and texts of what is in some values, the shallowest first. */
export const leavesOf = (values, but) => {
  const found = [];
  const seen = new Set([but]);
  const queue = values.map((value) => [value, '']);
  for (const [value, path] of queue) {
    if (seen.has(value) || found.length > 150) continue;
    seen.add(value);
    for (const [key, inner] of entries(value))
      if (isData(inner)) queue.push([inner, path + key + '.']);
      else if (plain(inner)) found.push([path + key, plain(inner)]);
  }
  return found;
};

const hasQuantity = (value) => quantityOf(entries(value).map(([key, inner]) => [key, plain(inner) || plain(inner?.value)]));

// The lists and maps of a value.
const listsIn = (value) => entries(value).filter(([, inner]) => isData(inner));

// A cart itself may say how many are in it; its list shows that it is no line.
const holdsLines = (value) => listsIn(value).some(([, list]) => listsIn(list).some(([, row]) => hasQuantity(row)));

/**
 * The cart in a value: its lines, total and currency, or no lines where a list of a cart is empty.
 *
 * A cart is the first list (or map) whose elements have a quantity and are lines, below a name that speaks of a cart;
 * `name` is that of the value itself. `page` gives the page's text, to tell minor units by.
 */
export const cartIn = (value, name, page) => {
  const root = named(name);
  const queue = isData(value) ? [[value, root, []]] : [];
  const seen = new Set();
  let empty;
  for (const [next, path, above] of queue) {
    if (seen.has(next) || seen.size > MOST_OBJECTS || path.length > LONGEST_PATH || OTHER.test(path.slice(root.length))) continue;
    seen.add(next);
    const inside = listsIn(next);
    if (CART.test(path)) {
      const rows = inside.map(([, row]) => row.node || row).filter((row) => hasQuantity(row) && (Array.isArray(next) || !holdsLines(row)));
      if (rows.length * 2 > inside.length) {
        const around = leavesOf(above, next);
        const money = { page, currency: codeOf(around) || codeOf(leavesOf(rows)) };
        const lines = rows.map((row) => lineOf(leavesOf([row]), money)).filter((line) => line && (line.price || line.sku || line.variant));
        if (lines[0]) return { lines, total: totalOf(around, money), ...money };
      }
      if (next.length == 0 && /(items|lines?|products|entries|nodes|edges)$/.test(path)) empty = { lines: [] };
    }
    for (const [key, inner] of inside) queue.push([inner, path + '.' + key, [next, ...above.slice(0, 2)]]);
  }
  return empty;
};
