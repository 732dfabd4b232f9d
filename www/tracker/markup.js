// Markup: finds a cart in any DOM: repeated elements that hold a quantity, a product's link or name, and a price. Pure, but that it remembers whose amounts were sums.
import { CART, MONEY, OTHER, currencyOf, lineOf, named, plain } from './lines.js';

const any = (...words) => words.map((word) => `[class*=${word} i],[id*=${word} i],[data-cartwake-${word}]`) + '';

const QUANTITY = /qty|quant|count|anzahl|menge|cantid|aantal|iloś|колич|数量|كمية|"number"/i;
// A field may call it an amount; beside a price that is money.
const FIELD = RegExp(QUANTITY.source + '|amount', 'i');
// `× 2`, `2 ×`, and what counts only beside a word or a button, in the element's own text.
const PIECES = /(?:^|[\s(])[x×✕]\s?(\d{1,4})(?![\d.,])|(?:^|[\s(])(\d{1,4})\s?[x×✕](?=\s|$)|^(?:\D{3,14}:\s*)?(\d{1,4})$/i;
// `Empty cart` is a button.
const EMPTY = /\bempty\b(?! [bc]a[rsg])|\bno (more )?(items|prod)|added any|leer\b|\bvide\b|vac[ií]|vuot|\bleeg\b|pust|vazi|пуст|空|فارغ/i;
const OLD = 'del,s,' + any('old', 'regular', 'compare', 'original', 'reader', 'line-through');
const CARTS = any('cart', 'basket', 'checkout', 'bag', 'korb', 'korg', 'panier', 'carrit', 'kurv', 'carrel', 'winkelm', 'koszyk', 'sepet') + ',' + ['cart', 'basket', 'bag', 'korg'].map((word) => `[aria-label*=${word} i]`);
const NAME = 'a[href*="/"],a[href*="."],h2,h3,h4,' + any('name', 'title');
// The address of the cart's own page, by which no product is named.
const CART_PAGE = RegExp(`/(${CART.source})(\\.\\w+)?/?$`, 'i');
// What offers a product, in its own page or in a list of proposals.
const OFFER = 'h1,' + ['name', 'class', 'id', 'action', 'data-action', 'data-button-action'].map((name) => `[${name}*=add-to i],[${name}*=add_to i],[${name}*=addto i],[${name}*="cart/add" i]`);

// More than the longest cart, and what a scan may look at before it is felt.
const MOST_ROWS = 120;
const MOST_ELEMENTS = 4000;
const MOST_PLACES = 300;

export const every = (element, selector) => [...element.querySelectorAll(selector)];
const all = (element) => [element, ...every(element, ':not(svg,svg *)')].slice(0, MOST_ELEMENTS);
/** The words in an element. */
export const text = (element) => plain(element?.textContent);
const tag = (element) => element.cloneNode().outerHTML;

const piecesIn = (element) => {
  if (element.form !== undefined && element.localName != 'output') return (/^sel/.test(element.type) || (/^(n|te)/.test(element.type) && FIELD.test(tag(element)))) && /^\d*$/.test(element.value) && (+element.value || element.defaultValue);
  const said = element.dataset?.cartwakeQuantity || plain([...element.childNodes].map(({ data }) => data || '').join(' '));
  const [, behind, before, alone] = (/\d/.test(said) && said.length < 80 && !(/\d ?[x×✕] ?\d/.test(said) && !MONEY.test(said)) && PIECES.exec(said)) || [];
  return behind || before || (alone && (QUANTITY.test(said + tag(element)) || /<button/.test(element.previousElementSibling?.outerHTML.slice(0, 300))) && alone);
};

// A number that stands alone says how many, where nothing says so in words.
const countIn = (element) => /^\d{1,3}$/.test(text(element)) && !element.firstElementChild && text(element);

// The first words in an element, where no link or heading names the product.
const wordsIn = (row) => all(row).filter((element) => !element.firstElementChild).map(text).find((words) => /\p{L}{3}/u.test(words) && !MONEY.test(words));

// The price of one piece; where only a sum of several is shown there is none.
const priceIn = (row, pieces) => {
  const amounts = all(row).filter((element) => {
    const shown = text(element);
    return shown.length < 60 && MONEY.test(shown) && ![...element.children].some((child) => MONEY.test(text(child)));
  });
  const valid = amounts.filter((element) => !element.closest(OLD) && !/discount|^\W*-\S/i.test(text(element)));
  const prices = valid[0] ? valid : amounts;
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
  const links = every(row, 'a[href]').filter(({ href, pathname, outerHTML }) => /^http/.test(href) && !CART_PAGE.test(pathname) && !/remov|delet|href="#?"/i.test(outerHTML.slice(0, 300)));
  // A link into the cart changes the line; it does not name it.
  const products = links.filter(({ pathname, search }) => !CART.test(pathname + search));
  const link = products.find(text) || products[0] || links.find(text) || links[0];
  const picture = row.querySelector('img');
  const name = text(link) || every(row, NAME).map(text).find((name) => name && !MONEY.test(name)) || picture?.alt || wordsIn(row);
  return lineOf(
    [
      ['quantity', `${pieces}`],
      ...marksOf(row),
      ['name', name],
      ['price', priceIn(row, pieces)],
      ['url', link?.href],
      ['image', picture?.currentSrc || picture?.src],
      ['options', every(row, 'dl,small,em,' + any('option', 'variant', 'variation', 'attribute')).filter((element) => !piecesIn(element)).map(text).filter((option) => option && !MONEY.test(option) && !/model|sku|:$/i.test(option)).join(' ').slice(0, 99)],
      ['handle', link?.pathname[1] && link.pathname],
      ...(link ? [...new URL(link.href).searchParams].map(([name, value]) => [named(name), value]) : []),
    ],
    {},
  );
};

// Rows whose pieces `count` tells, each holding what `isNamed` takes for the product's name.
const rowsBy = (region, count, isNamed) => {
  const rows = new Map();
  for (const element of all(region)) {
    const pieces = rows.size < MOST_ROWS && parseFloat(count(element));
    if (!(pieces > 0)) continue;
    let row = element;
    while (row != region && !(MONEY.test(text(row)) && isNamed(row))) row = row.parentElement;
    let around = row;
    while (around != region && !OTHER.test(tag((around = around.parentElement)) + text(around.querySelector(':scope>h2,:scope>h3'))));
    if (row != region && around == region && !rows.has(row) && !row.querySelector(OFFER) && !(region.localName == 'body' && row.closest('header,footer,nav'))) rows.set(row, pieces);
  }
  return rows;
};

// A heading that calls itself a cart's is that of the whole list.
const isTitled = (row) => every(row, NAME).some(({ pathname, textContent }) => !(pathname ? CART_PAGE.test(pathname) : CART.test(textContent)));

const rowsIn = (region) => {
  let rows = rowsBy(region, piecesIn, isTitled);
  // What is not marked up as a quantity or a name is only looked for where nothing says that there is none, bare numbers only
  // inside a cart.
  for (const [count, isNamed] of [[countIn, isTitled], [piecesIn, wordsIn], [countIn, wordsIn]])
    if (!rows.size && (count == piecesIn || region.localName != 'body') && !EMPTY.test(text(region))) rows = rowsBy(region, count, isNamed);
  const found = [...rows.keys()];
  const holds = (outer, row) => found.some((other) => other != row && outer.contains(other));
  return found.filter((row) => !holds(row, row)).map((row) => {
    // A table's row knows more than its cell; around the row it is the whole list that is one.
    const whole = row.closest('tr,li,article');
    return [whole && whole != region && region.contains(whole) && !holds(whole, row) ? whole : row, rows.get(row)];
  });
};

/** A document and what it shows from within: open shadow roots, frames of the same shop. */
export const rootsIn = (root) => [root, ...every(root, '*').flatMap((element) => ((element = element.shadowRoot || element.contentDocument) ? rootsIn(element) : []))];

// Where amounts were sums once, they are also while the total of a change is still to come.
const summed = new WeakSet();
const digits = (amount) => +amount.replace(/\D/g, '');

/** What a page shows as the total, and everything there that may be one: the words beside it, its tag, the element. */
export const totalIn = (body) => {
  // What says total beside an amount; a subtotal only where there is no other. How much of it is tax stands in brackets.
  const totals = every(body, '*')
    .slice(0, MOST_ELEMENTS)
    .filter((element) => element.textContent.length < 200 && !/line|item|product|tax|ship|disc/i.test(tag(element)))
    .map((element) => [text(element).replace(/\([^)]*\)/g, ''), tag(element), element])
    .filter(([shown, about, element]) => shown.length < 60 && /tota|sum[ma]|gesamt|razem|合計|итого|总计|المجموع/i.test(about + shown) && MONEY.test(shown) && /[1-9]/.test(shown) && !element.closest(OFFER) && !element.querySelector(OFFER));
  const [total] = totals.filter(([shown, about]) => !/sub/i.test(shown + about)).at(-1) || totals.at(-1) || [];
  return [MONEY.exec(total)?.[0], totals];
};

/**
 * The carts in a document, each with the element that holds it; one that says it is empty has no lines.
 *
 * `whole` takes the whole page for the cart's region where nothing in it calls itself one; `usual` is the shop's currency.
 */
export const cartsIn = (root, whole, usual) => {
  const body = root.body || root;
  // A line that calls itself a cart's stands in its list.
  const places = every(root, CARTS).filter(({ localName }) => !/^(form|a|button|input|label|svg|path)$/.test(localName)).slice(0, MOST_PLACES).map((element) => (/^<(li|tr)|cart.{0,3}(item|line|row|product)\b/i.test(tag(element)) ? element.parentElement : element));
  // Neighbours of one kind are the lines of a cart, whatever they call themselves.
  const lifted = places.map((element) => {
    const alike = ({ localName, className }) => localName == element.localName && className == element.className;
    while (element.parentElement && [...element.parentElement.children].filter(alike).length > 1) element = element.parentElement;
    return element;
  });
  const regions = [...new Set(lifted)].filter((region) => !/^(html|body)$/.test(region.localName) && !OTHER.test(tag(region)));
  const outer = regions.filter((region) => !regions.some((other) => other != region && other.contains(region)));
  if (whole) outer.push(...(root.body ? [root.body] : root.children));
  const [total, totals] = totalIn(body);
  const carts = [];
  for (const region of outer) {
    if (carts.some((cart) => region.contains(cart.region))) continue;
    const rows = rowsIn(region);
    const lines = rows.map(([row, pieces]) => lineIn(row, pieces)).filter(Boolean);
    // A checkout repeats by name alone what other pages know better.
    if (/checkout|summary/i.test(tag(region)) && !lines.every(({ product }) => product)) continue;
    const count = lines.reduce((count, { quantity }) => count + quantity, 0);
    // `4 items` beside three pieces: a list of the last ones.
    const isPart = all(region).some((element) => !element.firstElementChild && /^\D{0,9}\d{1,3}\D{0,9}$/.test(text(element)) && !MONEY.test(text(element)) && /\d+/.exec(text(element))[0] > count && !rows.some(([row]) => row.contains(element)));
    // Where the amounts make up a total as they stand, each is the sum of its pieces.
    const sum = lines.reduce((sum, { price = '' }) => sum + digits(price), 0);
    const isSum = lines.some(({ quantity }) => quantity > 1) && totals.some(([shown, , element]) => digits(MONEY.exec(shown)[0]) == sum && !rows.some(([row]) => element.contains(row)));
    if (summed.has(region) || (isSum && summed.add(region))) for (const line of lines) if (line.quantity > 1) line.price = undefined;
    if (lines[0] || EMPTY.test(region.innerText)) carts.push({ region, isPart, lines, currency: currencyOf(lines[0]?.price || total, root.documentElement?.lang || document.documentElement.lang, usual), total });
  }
  return carts;
};
