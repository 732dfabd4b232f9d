// The e-mail field: which one it is, and when what stands in it is told.
import { CART } from './lines.js';
import { io } from './io.js';

const selector = io.settings.email?.selector;
// `mail` is in most languages' word for it; the others stand here.
const MAIL = /mail|e-?post|sähköpost|courriel|correo|correio|почт|メール|邮|البريد/i;
// The parts of a page where an address is asked for something else. A body's class names describe the whole page.
const within = (...words) => words.map((word) => `:is([class*=${word} i],[id*=${word} i],[name*=${word} i],[action*=${word} i]):not(body,html)`) + '';
const elsewhere = within('newsletter', 'subscri', 'search', 'forgot') + ',footer,[role=search],[data-cartwake-ignore]';
const login = within('login', 'signin');
// Whoever receives the goods may be another person than who buys them.
const RECEIVES = /ship|deliver|liefer/i;
// What a checkout asks for beside the address.
const beside = ['name', 'address', 'city', 'zip', 'post', 'phone'].map(
  (word) => `[autocomplete*=${word} i],[name*=${word} i]:not([type=email],[type=hidden],[name*=user i])`,
) + '';
// What stood in each field when it was last told.
const told = new WeakMap();
let timer;

/**
 * Whether a field is the checkout's e-mail field.
 *
 * With the site's selector: what it matches. Otherwise a text or e-mail input that says mail in its type,
 * autocomplete, name, id, placeholder or label, outside of newsletter, login, search and footer, in a form (or where
 * there is none, on a page) that asks for a name or an address too, or on a page whose address says checkout. A form
 * with a password and nothing of a checkout is a login, unless it lets choose to go on as a guest or does not show the
 * password yet. The address of who receives the goods counts where no other is asked for, a friend's never. Card and password
 * fields and what stands in `data-cartwake-ignore` never count.
 */
export const isEmail = (field) => {
  const { type, autocomplete, name, id, placeholder, ariaLabel, labels, form } = field;
  if (!/^(text|email)$/.test(type) || /cc-/.test(autocomplete) || field.closest('[data-cartwake-ignore]')) return;
  if (selector) return field.matches(selector);
  const about = [type, autocomplete, name, id, placeholder, ariaLabel, ...[...(labels || [])].map(({ textContent }) => textContent)];
  const { host } = field.getRootNode();
  const secret = form?.querySelector('[type=password]');
  // A checkout may ask for the password only once it knows that the address has an account.
  const isHidden = secret && field.offsetParent && !secret.offsetParent;
  const not = isHidden ? elsewhere : elsewhere + ',' + login;
  if (!MAIL.test(about) || /recip|friend/i.test(name + id) || field.closest(not) || host?.closest(not)) return;
  const asking = form || document;
  if (RECEIVES.test(name + id) && [...asking.querySelectorAll('input')].some((other) => !RECEIVES.test(other.name + other.id) && isEmail(other))) return;
  return asking.querySelector(beside) || ((!secret || isHidden || form.querySelector('[type=radio]')) && [CART, /order|commande|pedido|bestell|zam[oó]w|ordin/i].some((words) => words.test(location.pathname + location.search)));
};

/** Takes an event of a field in: a pause of 600 ms while typing, or leaving it; `noticed` is told with the address. */
export const typed = (type, field, noticed) => {
  // Whoever came to the field may have typed before anybody listened, and may have left it since.
  const isThere = type == 'focusin' && field.getRootNode().activeElement == field;
  if (type == 'focusin' && (told.get(field) || '') == field.value) return;
  clearTimeout(timer);
  told.set(field, field.value);
  if (type == 'input' || isThere) timer = setTimeout(() => io.addressed(field.value, 0, noticed), 600);
  else io.addressed(field.value, 1, noticed);
};

/** Finds what the page filled in by itself, where no event tells of it. */
export const prefilled = () => {
  for (const field of document.querySelectorAll('input'))
    if (field.value && told.get(field) != field.value && field != document.activeElement && isEmail(field)) io.report('field', ['change', field]);
};

const hear = (event) => {
  const [field] = event.composedPath();
  if (field?.matches?.('input') && !/mail|e-?post/i.test(field.type + field.name + field.id + field.autocomplete)) io.report('field', [event.type, field]);
};

/** Follows the fields that the shim passes over, because only their label says what they are. */
export const follow = () => {
  for (const type of ['focusin', 'change']) document.addEventListener(type, hear, true);
  // Somebody may have been at a field before anybody listened.
  hear({ type: 'focusin', composedPath: () => [document.activeElement] });
};
