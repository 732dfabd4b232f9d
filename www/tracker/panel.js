// The panel of the debug mode: what has arrived from this shop, and what was seen, sent and held back on this page.
import { io } from './io.js';

const lamps = { tag: 'Tag', cart: 'Cart', email: 'E-mail address', consent: 'Permission to mail', order: 'Order' };

// Why the step held something back, by its numbers (`note` in tracker/src/state.rs).
const held = [
  ,
  'this is no e-mail address',
  'tracking is not permitted',
  'it was said already',
  'the cart that was taken last is newer',
  'its amounts have no currency',
  'it has no line of a cart',
  'it permits nothing here: a notice before permission, or Global Privacy Control',
  'no address is known yet, and this shop keeps only carts with one',
];
// What became of each cart that a page shows or holds, by the letters of finders.js.
const ranks = {
  s: 'shown, and taken',
  n: 'names without products, which other pages know better',
  p: 'only a part of the cart',
  d: 'data, and taken',
  o: 'data that is older than the page',
};

/** What was logged, in words. */
const explained = ([what, ...rest]) => {
  if (what == 'answered') {
    const [status, pause, ignored = []] = rest;
    return [what, status || 'nothing', ...(pause ? [`again in ${pause} s`] : []), ...ignored.map(({ field, message }) => `without ${field}: ${message}`)];
  }
  if (what == 'held back') return [what + ':', held[rest[0]] || rest[0]];
  if (what != 'carts') return [what, ...rest];
  const found = rest[0].map(([place, lines, rank]) => `${place}: ${lines} lines, ${ranks[rank]}`);
  return ['carts on this page:', found.join('; ') || 'none', '(the newest that states all of it wins)'];
};

const make = (name, style, text = '') => {
  const element = document.createElement(name);
  element.style.cssText = style;
  element.textContent = text;
  return element;
};

// A shadow root, so that neither the shop's styles nor its scripts meet what stands in it.
const host = make('div', 'position:fixed;z-index:2147483647;inset:auto 8px 8px auto;max-width:min(26em,calc(100vw - 16px))');
host.dataset.cartwakeIgnore = '';
const root = host.attachShadow({ mode: 'closed' });
const box = make('details', 'font:13px/1.45 system-ui,sans-serif;color:#16211c;background:#fff;border:1px solid #8a978f;border-radius:8px;padding:8px 12px;box-shadow:0 4px 18px #0003');
box.open = true;
const list = make('ul', 'list-style:none;margin:8px 0;padding:0');
const words = make('ol', 'margin:0;padding:0 0 0 2em;max-height:40vh;overflow:auto;overflow-wrap:anywhere');
// Reachable by keyboard, since it scrolls.
words.tabIndex = 0;
words.setAttribute('aria-label', 'What happened on this page');
box.append(make('summary', 'font-weight:600;cursor:pointer', 'Cartwake'), list, words);
root.append(box);

const said = (word) => {
  if (word instanceof Error) return `${word}`;
  if (typeof word != 'object') return `${word}`;
  try {
    // A field is told by its name.
    return JSON.stringify(word, (_, part) => (part?.localName ? `<${part.localName} ${part.name || part.id}>` : part));
  } catch {
    return `${word}`;
  }
};

/** A text without what whoever sits at this browser now is not to read: addresses, and what proves who somebody is. */
const masked = (text) =>
  text
    .replace(/([^\s"<>@=])[^\s"<>@=]*(@|%40)([^\s"<>@.]?)[^\s"<>@]*?(\.[^\s"<>@.]+)?(?=[\s"<>@]|$)/g, '$1…$2$3…$4')
    .replace(/("(?:session|visitor|signature|customer|via|token|challenge)":"[^"]{0,4})[^"]*/g, '$1…');

let last, times;
const show = (line) => {
  const text = masked(line.map(said).join(' ')).slice(0, 2000);
  console.log('cartwake', text);
  // Key after key in one field is one line.
  times = text == last ? times + 1 : 1;
  if (times > 1) words.lastChild.textContent = `${text} × ${times}`;
  else words.append(make('li', '', text));
  last = text;
  words.scrollTop = words.scrollHeight;
};

/** Asks the Worker what has arrived, and says by that that the tag is here. */
const check = async () => {
  const answer = await fetch(io.origin + '/v1/check', { method: 'POST', body: JSON.stringify({ site: io.site }) });
  const seen = await answer.json();
  list.replaceChildren(
    ...Object.keys(lamps).map((name) =>
      make('li', `color:${seen[name] ? '#17633a' : '#a4262c'}`, `${seen[name] ? '✓' : '✗'} ${lamps[name]}${seen[name] ? '' : ': not seen yet'}`),
    ),
  );
};

for (const line of io.logged) show(explained(line));
io.log = (...line) => {
  show(explained(line));
  // What was sent may have lit a lamp.
  if (line[0] == 'answered') check().catch(io.log);
};
// Beside the body it would be in the way of a framework that takes over the whole document.
(document.body || document.documentElement).append(host);
check().catch(io.log);
