// Markup: finds a cart in any DOM: repeated elements that hold a quantity, a product's link or name, and a price. Pure.
import { MONEY, OTHER, currencyOf, lineOf, named, plain } from './lines.js';

const any = (...words) => words.map((word) => `[class*=${word} i],[id*=${word} i],[data-cartwake-${word}]`) + '';

const QUANTITY = /qty|quant|count|anzahl|menge|cantid|aantal|iloś|колич|数量|كمية|"number"/i;
// `× 2`, `2 ×`, and what counts only beside a word or a button, in the element's own text.
const PIECES = /(?:^|[\s(])[x×✕]\s?(\d{1,4})(?![\d.,])|(?:^|[\s(])(\d{1,4})\s?[x×✕](?=\s|$)|^(?:\D{3,14}:\s*)?(\d{1,4})$/i;
const EMPTY = /\bempty\b|\bno (more )?(items|prod)|leer\b|\bvide\b|vac[ií]|vuot|\bleeg\b|pust|vazi|пуст|空|فارغ/i;
const NAME = 'a[href],h2,h3,h4,' + any('name', 'title');
// What offers a product, in its own page or in a list of proposals.
const OFFER = 'h1,' + ['name', 'class', 'id', 'action', 'data-action', 'data-button-action'].map((name) => `[${name}*=add-to i],[${name}*=add_to i],[${name}*=addto i],[${name}*="cart/add" i]`);

// More than the longest cart, and what a scan may look at before it is felt.
const MOST_ROWS = 120;
const MOST_ELEMENTS = 4000;
const MOST_PLACES = 300;

export const every = (element, selector) => [...element.querySelectorAll(selector)];
const all = (element) => [element, ...every(element, '*')].slice(0, MOST_ELEMENTS);
const text = (element) => plain(element?.textContent);
const tag = (element) => element.cloneNode().outerHTML;

const piecesIn = (element) => {
  if (element.form !== undefined && element.localName != 'output') return (/^sel/.test(element.type) || (/^(n|te)/.test(element.type) && QUANTITY.test(tag(element)))) && /^\d*$/.test(element.value) && element.value;
  const said = element.dataset?.cartwakeQuantity || plain([...element.childNodes].map(({ data }) => data || '').join(' '));
  const [, behind, before, alone] = (/\d/.test(said) && said.length < 80 && PIECES.exec(said)) || [];
  return behind || before || (alone && (QUANTITY.test(said + tag(element)) || /<button/.test(element.previousElementSibling?.outerHTML.slice(0, 300))) && alone);
};

// The price of one piece; where only a sum of several is shown there is none.
const priceIn = (row, pieces) => {
  const prices = all(row).filter((element) => {
    const shown = text(element);
    return shown.length < 60 && MONEY.test(shown) && ![...element.children].some((child) => MONEY.test(text(child))) && !element.closest('del,s,' + any('old', 'regular', 'compare', 'original', 'reader'));
  });
  if (!prices[0]) return;
  const [price] = MONEY.exec(text(prices[0]));
  const about = tag(prices[0]) + tag(prices[0].parentElement);
  if (pieces == 1 || prices[1] || /[x×✕]\s*$/.test(text(row).split(price)[0]) || (/price|unit|each/i.test(about) && !/total|sum|line/i.test(about))) return price;
};

/** What an element says of its product, in attributes, hidden fields and microdata. */
export const marksOf = (row) =>
  all(row).flatMap((element) => [
    // The id on a link or button is that of the line, often its place in the list.
    ...[...element.attributes].map(({ name, value }) => /^data-/.test(name) && [name.replace(/^data-(cartwake-)?/, '').replace(/^id$/, /^(a|button|input)$/.test(element.localName) ? 'lineid' : 'id'), value || text(element)]),
    element.type == 'hidden' && [element.name, element.value],
    element.hasAttribute('itemprop') && [element.getAttribute('itemprop'), element.content || element.href || element.src || text(element)],
  ]).filter((mark) => mark && mark[1].length < 300).map(([name, value]) => [named(name), plain(value)]);

const lineIn = (row, pieces) => {
  const links = every(row, 'a[href]').filter(({ href, outerHTML }) => /^http/.test(href) && !/remov|delet/i.test(outerHTML.slice(0, 300)));
  const link = links.find(text) || links[0];
  const picture = row.querySelector('img');
  return lineOf(
    [
      ['quantity', `${pieces}`],
      ...marksOf(row),
      ...(link ? [...new URL(link.href).searchParams].map(([name, value]) => [named(name), value]) : []),
      ['name', text(link) || every(row, NAME).map(text).find((name) => name && !MONEY.test(name)) || picture?.alt],
      ['price', priceIn(row, pieces)],
      ['url', link?.href],
      ['image', picture?.currentSrc || picture?.src],
      ['options', every(row, 'dl,small,em,' + any('option', 'variant', 'variation', 'attribute')).map(text).filter((option) => option && !MONEY.test(option) && !/model|sku/i.test(option)).join(' ').slice(0, 99)],
      ['handle', link?.pathname],
    ],
    {},
  );
};

const rowsIn = (region) => {
  const rows = new Map();
  for (const element of all(region)) {
    const pieces = rows.size < MOST_ROWS && parseFloat(piecesIn(element));
    if (!(pieces > 0)) continue;
    let row = element;
    while (row != region && !(MONEY.test(text(row)) && row.querySelector(NAME))) row = row.parentElement;
    if (row != region && !rows.has(row) && !row.querySelector(OFFER) && !OTHER.test(tag(row.parentElement))) rows.set(row, pieces);
  }
  const found = [...rows.keys()];
  const holds = (outer, row) => found.some((other) => other != row && outer.contains(other));
  return found.filter((row) => !holds(row, row)).map((row) => {
    // A table's row knows more than its cell.
    const whole = row.parentElement.closest('tr,li,article');
    return [whole && region.contains(whole) && !holds(whole, row) ? whole : row, rows.get(row)];
  });
};

/**
 * The carts in a document, each with the element that holds it; one that says it is empty has no lines.
 *
 * `whole` takes the whole page for the cart's region where nothing in it calls itself one.
 */
export const cartsIn = (root, whole) => {
  // A line that calls itself a cart's stands in its list.
  const places = every(root, any('cart', 'basket', 'checkout', 'bag') + ',[aria-label*=cart i],[aria-label*=basket i],[aria-label*=bag i]').slice(0, MOST_PLACES).map((element) => (/^<(li|tr)|cart.{0,3}(item|line|row|product)\b/i.test(tag(element)) ? element.parentElement : element));
  // Neighbours of one kind are the lines of a cart, whatever they call themselves.
  const lifted = places.map((element) => {
    const alike = ({ localName, className }) => localName == element.localName && className == element.className;
    while (element.parentElement && [...element.parentElement.children].filter(alike).length > 1) element = element.parentElement;
    return element;
  });
  const regions = [...new Set(lifted)].filter((region) => !/^(html|body|form|a|button|input|label|svg|path)$/.test(region.localName) && !OTHER.test(tag(region)));
  const outer = regions.filter((region) => !regions.some((other) => other != region && other.contains(region)));
  if (whole) outer.push(root.body);
  // What says total beside one amount; a subtotal only where there is no other.
  const totals = all(root.body).filter((element) => /total|summe|合計|итого|总计|المجموع/i.test(tag(element) + (text(element).length < 60 && text(element))) && text(element).length < 60 && MONEY.test(text(element)) && !/line|item|product|tax|ship/i.test(tag(element)));
  const total = totals.filter((element) => !/sub/i.test(tag(element) + text(element))).pop() || totals.pop();
  const carts = [];
  for (const region of outer) {
    if (carts.some((cart) => region.contains(cart.region))) continue;
    const lines = rowsIn(region).map(([row, pieces]) => lineIn(row, pieces)).filter(Boolean);
    if (lines[0] || EMPTY.test(text(region))) carts.push({ region, lines, currency: currencyOf(lines[0]?.price || total?.textContent, root.documentElement.lang || document.documentElement.lang), total: total && MONEY.exec(text(total))[0] });
  }
  return carts;
};
