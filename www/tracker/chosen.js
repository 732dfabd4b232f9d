// Chosen: the cart by the selectors that the site's settings name, in place of looking for it; the way of last resort.
import { MONEY, currencyOf, plain } from './lines.js';
import { io } from './io.js';

const { row, name, quantity, price } = io.settings.cart;
// The settings take any text as a selector. A part that may be left out is left out where this browser cannot read it;
// the debug mode says so.
const readable = (selector) => {
  try {
    document.querySelector(selector || '*');
    return selector;
  } catch (error) {
    io.log(error);
  }
};
const [link, id, total, empty] = ['link', 'id', 'total', 'empty'].map((part) => readable(io.settings.cart[part]));
// The attribute that a selector asks for is what holds the id.
const attribute = /\[(data-[\w-]+)/.exec(id)?.[1];
const MOST_ROWS = 120;
// Where the lines stood last: without them it says that the cart is empty, gone with them it says nothing.
let region;

const part = (line, selector) => selector && (line.matches(selector) ? line : line.querySelector(selector));
const said = (element) => plain(element?.value ?? element?.textContent);
const amount = (element) => MONEY.exec(said(element))?.[0] || said(element);

const lineIn = (element) => {
  const named = part(element, id);
  return {
    product: named && (named.getAttribute(attribute) || said(named)),
    name: said(part(element, name)),
    quantity: parseFloat(/\d+/.exec(said(part(element, quantity)))),
    price: amount(part(element, price)),
    url: part(element, link)?.href,
  };
};

/** The cart in a document, in the form of markup.js: a list of one, empty where the document shows none. */
io.chosen = (root) => {
  try {
    const rows = [...root.querySelectorAll(row)].slice(0, MOST_ROWS);
    if (!rows[0] && !(root == document && region?.isConnected) && !(empty && root.querySelector(empty))) return [];
    if (rows[0] && root == document) region = rows[0].parentElement;
    const lines = rows.map(lineIn);
    // One product in several lines differs by what its name says.
    for (const line of lines) if (lines.some(({ product, name }) => product && product == line.product && name != line.name)) line.variant = line.name;
    const sum = total && root.querySelector(total);
    return [{ region: region || root.body, lines, currency: currencyOf(lines[0]?.price, document.documentElement.lang, io.settings.currency), total: sum && amount(sum) }];
  } catch (error) {
    // A part that is needed cannot be read: nothing is known of the cart, and the debug mode says so.
    io.log(error);
    return [];
  }
};
io.load('finders');
