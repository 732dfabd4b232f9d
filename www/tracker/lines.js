// Lines: one product in a cart, found among whatever names a page gives its fields. Pure: no page, no state.

/** Words for a cart in addresses, names, ids and classes. */
export const CART = /cart(?!wake)|basket|checkout|(shop\w*|mini|\bmy|\/).?bag\b|warenkorb|kasse|panier|carr(it|el|inh)|cesta|winkel[mw]|koszyk|varukorg|kurv|sepet|kosik|sacola|장바구니|корзин|カート|购物车|سلة/i;

/** Words for what resembles a cart and is none: wishes, proposals, past orders, echoes of what was added or removed. */
export const OTHER = /wish|also|for.?later|compar|recomm|relat|cross|upsell|recent|saved|removed|deleted|added|notif|toast|orders|modal|history/i;

/** A price: a number of any locale with a currency's sign or code beside it, or with two digits behind a mark. */
export const MONEY = /(\p{Sc}|\b[A-Z]{3}|kr|zł|Kč)\.?\s?\d[\d.,'’\s]*|\d[\d.,'’\s]*(\p{Sc}|[A-Z]{3}\b|kr|zł|Kč|Ft|lei|лв|р|ر|د)|\d[\d.,]*[.,]\d\d(?!\d)/u;

/** A value as plain text: no markup, ASCII digits. */
export const plain = (value) =>
  /^(s|n|bi)/.test(typeof value)
    ? `${value}`.slice(0, 2000).replace(/<[^>]*>/g, ' ').replace(/[٠-٩۰-۹０-９]/g, (digit) => digit.charCodeAt() & 15).replace(/٫/g, '.').replace(/٬/g, ',').replace(/\s+/g, ' ').trim()
    : '';

/** A field's name as the patterns below expect it. */
export const named = (name) => name.toLowerCase().replace(/[-_]/g, '');

// The value of the first pattern that fits a name; leaves are pairs of name and text, the shallowest first.
const pick = (leaves, ...patterns) => {
  for (const pattern of patterns) for (const [name, value] of leaves) if (value && pattern.test(name)) return value;
};

const without = (leaves, pattern) => leaves.filter(([name]) => !pattern.test(name));

/**
 * An amount of some leaves, as the page writes it. `money` learns from it how many digits of an integer are decimals: the
 * data says so, or the same digits stand with a decimal mark in the data or on the page (`page` gives its text).
 */
const amount = (leaves, money, ...patterns) => {
  const text = pick(without(leaves, /id$|currenc|minor|digits|precision/).filter(([, value]) => /\d/.test(value)), ...patterns);
  if (/^\d{3,}$/.test(text)) {
    const shown = RegExp(`(^|[^\\d.,])${text.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, "[.,'’\\s]?")}[.,]${text.slice(-2)}(?!\\d)`);
    money.digits ??= pick(leaves, /minorunits?$|fractiondigits$/) ?? (leaves.some(([name, value]) => shown.test(value) || (value == text && /cent|minor/.test(name))) || shown.test(money.page?.()) ? 2 : undefined);
  }
  return text;
};

/** The shop's total among the leaves around a cart's lines. */
export const totalOf = (leaves, money) => amount(without(leaves, /ship|gift|item|line|sav|orig|disc|count|quant|(l|total)tax/), money, /(^|\.)(grand|cart|order)?total(price|amount|withtax)?(\.(amount|value|gross|incl\w+|centamount|price))*$/, /total/);

/** The currency among leaves. */
export const codeOf = (leaves) => pick(leaves.filter(([, value]) => /^[a-z]{3}$/i.test(value)), /currency(.?(iso|code).*)?$/);

const SIGNS = { '€': 'EUR', '£': 'GBP', '₽': 'RUB', '₹': 'INR', '₺': 'TRY', '₩': 'KRW', '₫': 'VND', '₪': 'ILS', '₴': 'UAH', '฿': 'THB', zł: 'PLN', Kč: 'CZK', Ft: 'HUF', lei: 'RON', лв: 'BGN' };

/**
 * The currency that a price's sign names; where several countries share the sign, `usual` if it is one of theirs, else
 * that of the page's language, else the best known of them.
 */
export const currencyOf = (price, language, usual) => {
  const [, letters, sign] = /([A-Z]*) ?(\p{Sc}|zł|Kč|Ft|lei|лв|kr)/u.exec(price) || [];
  const country = language.slice(-2);
  if (sign == '$') {
    if (/^R/.test(letters)) return 'BRL';
    const [at] = /^(US|A|C|NZ|HK|S)/.exec(letters) || [];
    if (!at && /D$|^(MX|AR|CL|CO|UY)/.test(usual)) return usual;
    return { A: 'AUD', AU: 'AUD', C: 'CAD', CA: 'CAD', NZ: 'NZD', HK: 'HKD', S: 'SGD', SG: 'SGD', MX: 'MXN' }[at || country] || 'USD';
  }
  if (sign == '¥') return /zh/.test(language) ? 'CNY' : 'JPY';
  if (sign == 'kr') return /K$/.test(usual) ? usual : { sv: 'SEK', SE: 'SEK', da: 'DKK', DK: 'DKK' }[country] || 'NOK';
  return SIGNS[sign] || (/\b[A-Z]{3}\b/.exec(price) || [])[0];
};

/** How many, where the leaves say so as a line of a cart does. */
export const quantityOf = (leaves) => parseFloat(pick(leaves, /^cartquantity$/, /^(cart|item|ordered)?(quantity|qty)(.value)?$/, /^(count|amount|pieces|units|anzahl|menge)$/)) || 0;

/** The line that leaves describe; nothing when they describe none. */
export const lineOf = (leaves, money) => {
  const choice = pick(leaves.filter(([, value]) => value != '0'), /(variant|variation)id$|idproductattribute$/, /(variant|merchandise)\.(id|sku)$/);
  const sku = pick(leaves, /(^|\.)(product|variant|item)?(sku|reference|product(number|code)|mpn)$/);
  const id = pick(leaves, /^id$/);
  const product =
    pick(leaves, /(^|\.)(parent)?product(id)?$|idproduct$|(^|\.)(product|article)\.(id|uid|code)$/, /^(item|article)(id|code|number)$|^referencedid$/) ||
    choice || (id?.length < 15 && id) || sku || id || pick(leaves, /(^|\.)(handle|slug|code)$/);
  const quantity = quantityOf(leaves);
  const name = pick(leaves, /(^|\.)(product|item|article)(variant)?\.?(name|title|label)$/, /^(name|title|label)(\.\w+)?$/, /^[^.]*(name|title)$/);
  if (quantity > 0 && (product || name) && !/promo|disc/.test(pick(leaves, /^type$/)))
    return {
      key: pick(leaves, /^(key|line(item)?id|cartitem(id|key))$/) || (id != product && id),
      product, sku, quantity, name,
      price: amount(without(leaves, /line|row|total|sub|gift|old|was|compar|orig|list|before|disc|sav|excl|without|regular|(^|\.|price)tax/), money, /unit(price|cost)|perq|price.*(wt|gross)/, /(price|cost).*(amount|value)$/, /price/),
      variant: choice || pick(leaves, /^(item)?variant$/),
      options: leaves.filter(([name]) => /(option|variation|attribute)s?(\.\w+)*\.value$|^(options?|attributes?|variation)(\.[^.]*)?$/.test(name)).map(([, value]) => value).join(', ') || pick(leaves, /(variant|variation|merchandise)\.?(title|name|label)$/),
      url: pick(without(leaves, /im(age|g)|thumb|cover|asset|remov|delet/), /product\.?url$/, /(^|\.)(product|item)?(url|link|permalink|href)$/),
      image: pick(leaves.filter(([, value]) => /\./.test(value)), /im(age|g)|thumb|cover|asset/),
    };
};
