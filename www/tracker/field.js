// The e-mail field: which one it is, and when what stands in it is told.
import { addressed } from './person.js';

const { settings } = cartwake.io;
const selector = settings.email?.selector;
// The parts of a page where an address is asked for something else. A body's class names describe the whole page.
const elsewhere = ['newsletter', 'subscri', 'login', 'signin', 'search', 'forgot']
  .map((word) => `:is([class*=${word} i],[id*=${word} i],[action*=${word} i]):not(body,html)`) + ',footer,[role=search]';
// What a checkout's form asks for beside the address.
const beside = ['name', 'address', 'city', 'zip', 'postcode', 'phone'].map(
  (word) => `[autocomplete*=${word} i],[name*=${word} i]:not([type=email])`,
) + '';
let timer;

/**
 * Whether a field is the checkout's e-mail field.
 *
 * With the site's selector: what it matches. Otherwise a text or e-mail input that says mail in its type,
 * autocomplete, name, id, placeholder or label, outside of newsletter, login, search and footer, in a form that asks
 * for a name or an address too, or on a page whose address says checkout. A form with a password and nothing of a
 * checkout is a login. Card and password fields and what stands in `data-cartwake-ignore` never count.
 */
export const isEmail = (field) => {
  const { type, autocomplete, name, id, placeholder, labels, form } = field;
  if (!/^(text|email)$/.test(type) || /cc-/.test(autocomplete) || field.closest('[data-cartwake-ignore]')) return;
  if (selector) return field.matches(selector);
  const about = [type, autocomplete, name, id, placeholder, labels?.[0]?.textContent];
  if (!/e-?mail/i.test(about) || field.closest(elsewhere)) return;
  return form?.querySelector(beside) || (!form?.querySelector('[type=password]') && /check.?out|cart|basket|order|kasse/i.test(location.pathname));
};

/** Takes an event of a field in: a pause of 600 ms while typing, or leaving it; `noticed` is told with the address. */
export const typed = (type, field, noticed) => {
  clearTimeout(timer);
  if (type == 'input') timer = setTimeout(() => addressed(field.value, 0, noticed), 600);
  else if (type != 'focusin') addressed(field.value, 1, noticed);
};
