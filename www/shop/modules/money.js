// Amounts as whole cents of EUR, shown in the page's language.

/** ISO 4217 code of every price in this shop. */
export const CURRENCY = 'EUR';

const shown = new Intl.NumberFormat(document.documentElement.lang, { style: 'currency', currency: CURRENCY });

/**
 * Cents of a decimal string: `'129.80'` becomes `12980`.
 * Read as text, since floating point does not keep cents: `1.1 * 100` is 110.00000000000001.
 * @param {string} decimal digits, and at most two after a dot
 * @returns {number} whole cents
 * @throws {RangeError} when the text is no such decimal
 */
export function cents(decimal) {
  const parts = /^(\d+)(?:\.(\d{1,2}))?$/.exec(decimal);
  if (!parts) throw new RangeError(`not a price: ${decimal}`);
  return Number(parts[1]) * 100 + Number((parts[2] ?? '').padEnd(2, '0'));
}

/** The decimal string of an amount in cents: `12980` becomes `'129.80'`. */
export function decimal(amount) {
  return `${Math.trunc(amount / 100)}.${String(amount % 100).padStart(2, '0')}`;
}

/** An amount in cents as a shopper reads it, e.g. `€129.80`. */
export function price(amount) {
  return shown.format(decimal(amount));
}
