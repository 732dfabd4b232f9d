// The vault: how an address lies in long storage, under a key that no script can read out (docs/decisions/address-at-rest.md).
import { io } from './io.js';

const name = 'AES-GCM';
const database = 'cartwake ' + io.site;
// The oldest cart that is still mailed, in milliseconds. A key that no page has used for so long goes, and nobody can read what is left.
const LIFE = 14 * 864e5;
const PATIENCE = 2000;

// What was sealed or opened on this page: texts by seals and seals by texts. No seal has an @, and every address has.
const pairs = new Map();
let key;

// What a request of the database gives. What goes wrong stays here: in some browsers an error that nobody stops reaches the page.
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = (event) => {
      event.preventDefault();
      reject(request.error);
    };
  });

// The key that lies in this browser, for as long again; `fresh` in its place where there is none, or an old one.
const look = async (fresh) => {
  const opening = indexedDB.open(database);
  opening.onupgradeneeded = () => opening.result.createObjectStore(name);
  const opened = await done(opening);
  const keys = opened.transaction(name, 'readwrite').objectStore(name);
  // Closed at once, so that it can be deleted from another tab.
  opened.close();
  const found = await done(keys.get(0));
  const known = found?.until > Date.now() ? found.key : fresh;
  await done(known ? keys.put({ key: known, until: Date.now() + LIFE }, 0) : keys.clear());
  return known;
};

// A database that never answers must not keep a cart waiting.
const take = (fresh) => Promise.race([look(fresh), new Promise((_, reject) => setTimeout(reject, PATIENCE))]);

const remember = (text, seal) => pairs.set(text, seal).set(seal, text);

const make = async (text) => {
  try {
    const fresh = await crypto.subtle.generateKey({ name, length: 256 }, false, ['encrypt', 'decrypt']);
    // Whoever refused meanwhile gets no key.
    if (!io.permitted()) return;
    const known = await (key ||= take(fresh));
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const closed = await crypto.subtle.encrypt({ name, iv }, known, new TextEncoder().encode(text));
    remember(text, btoa(String.fromCharCode(...iv, ...new Uint8Array(closed))));
  } catch (error) {
    // No secure page, or no database: the address stays with this page.
    key = 0;
    io.log(error);
  }
};

/** The seal of a text; nothing where it is only being made, and then `made` is called. A tab's own storage needs none. */
export const sealOf = (text, made) => {
  if (io.shared) return text;
  if (text && !pairs.has(text)) {
    pairs.set(text);
    make(text).then(made);
  }
  return pairs.get(text);
};

/** The text of a seal that `open` has met; nothing where its key is gone. */
export const textOf = (seal) => (io.shared ? seal : pairs.get(seal));

/** Opens every address in what is kept. */
export const open = async (kept) => {
  for (const [, seal] of io.shared ? [] : kept.matchAll(/"email":"([^"]+)/g))
    if (!pairs.has(seal))
      try {
        const bytes = Uint8Array.from(atob(seal), (letter) => letter.charCodeAt());
        const opened = await crypto.subtle.decrypt({ name, iv: bytes.slice(0, 12) }, await (key ||= take()), bytes.slice(12));
        remember(new TextDecoder().decode(opened), seal);
      } catch (error) {
        key = 0;
        io.log(error);
      }
};

/** The key goes, and with it whatever lay under it. */
export const forget = async () => {
  key = 0;
  pairs.clear();
  await done(indexedDB.deleteDatabase(database));
};
