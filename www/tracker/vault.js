// The vault: how an address lies in long storage, under a key that no script can read out (docs/decisions/address-at-rest.md).
import { io } from './io.js';

const name = 'AES-GCM';
const database = 'cartwake ' + io.site;
// The oldest cart that is still mailed, in milliseconds; then the key goes, and nobody can read what is left.
const LIFE = 14 * 864e5;
const PATIENCE = 2000;

// What was sealed or opened on this page: texts by seals and seals by texts.
const texts = new Map();
const seals = new Map();
let key;

// The key that lies in this browser; `fresh` in its place where there is none, or an old one.
const take = (fresh) =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open(database);
    opening.onupgradeneeded = () => opening.result.createObjectStore(name);
    opening.onerror = reject;
    opening.onsuccess = () => {
      const keys = opening.result.transaction(name, 'readwrite').objectStore(name);
      const asked = keys.get(0);
      // Closed at once, so that it can be deleted from another tab.
      opening.result.close();
      asked.onerror = reject;
      asked.onsuccess = () => {
        const { result } = asked;
        const isGood = result?.until > Date.now();
        if (fresh && !isGood) keys.put(fresh, 0);
        resolve((isGood ? result : fresh)?.key);
      };
    };
    // A database that never answers must not keep a cart waiting.
    setTimeout(reject, PATIENCE);
  });

const remember = (text, seal) => {
  texts.set(seal, text);
  seals.set(text, seal);
};

const make = async (text) => {
  try {
    const fresh = { key: await crypto.subtle.generateKey({ name, length: 256 }, false, ['encrypt', 'decrypt']), until: Date.now() + LIFE };
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
  if (text && !seals.has(text)) {
    seals.set(text);
    make(text).then(made);
  }
  return seals.get(text);
};

/** The text of a seal that `open` has met; nothing where its key is gone. */
export const textOf = (seal) => (io.shared ? seal : texts.get(seal));

/** Opens every address in what is kept. */
export const open = async (kept) => {
  for (const [, seal] of io.shared ? [] : kept.matchAll(/"email":"([^"]+)/g))
    if (!texts.has(seal))
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
export const forget = () => {
  key = 0;
  texts.clear();
  seals.clear();
  try {
    indexedDB.deleteDatabase(database);
  } catch (error) {
    io.log(error);
  }
};
