// Capture: starts the step and connects the page's signals to it; what few pages need is loaded once it is met.
import { reread, sources, watch } from './adapter.js';
import { start } from './engine.js';
import { io } from './io.js';
import { asked } from './person.js';
import { drain, leave, tell } from './sender.js';

// Signals for a script that comes when the first of them does.
const waiting = {};
const wait = (name, script) => (value) => {
  // Who states the cart itself needs nobody to find it; but a change may be a reason to ask again.
  if (script == 'finders' && io.stated) return reread();
  (waiting[name] ||= []).push(value);
  // Where the settings name the parts of a cart, the finders come behind the script that reads those.
  io.load(script == 'finders' && io.settings.cart ? 'chosen' : script);
};

const handlers = {
  ...sources,
  field: wait('field', 'checkout'),
  consent_mode: wait('consent_mode', 'permission'),
  async consent([granted, source, words]) {
    asked(granted, source, words);
    if (!granted) return;
    io.permit?.();
    await reread();
  },
};

// What the other scripts get of this one.
io.handle = (name, handler) => {
  handlers[name] = handler;
  for (const value of waiting[name] || []) take(name, value);
};

// Consent tools of the page, which may come long after us; and what the settings name of a checkout.
const come = () => {
  if (['__tcfapi', 'OneTrust', 'Cookiebot', 'UC_UI'].some((name) => window[name])) io.load('permission');
  for (const part of [io.settings.email, io.settings.consent])
    try {
      if (part.selector && document.querySelector(part.selector)) io.load('checkout');
    } catch (error) {
      // The settings take any text as a selector. One that this browser cannot read counts as not named; the debug mode says so.
      io.log(error);
      part.selector = null;
    }
};

const take = async (name, value) => {
  try {
    io.log('seen', name, value);
    const handle = handlers[name] || (/_cart|checkout|^(request|form|page)$/.test(name) && wait(name, 'finders'));
    await handle?.(value);
  } catch (error) {
    io.log(error);
  }
};

io.begin = () => start(io.settings.modules.capture)
  .then(() => {
    io.take = take;
    for (const early of io.early) take(...early);
    watch(come);
    addEventListener('online', () => tell('l'));
    addEventListener('pagehide', leave);
    addEventListener('pageshow', ({ persisted }) => {
      // Back from the browser's own cache: another page may have changed the cart meanwhile.
      if (persisted) reread();
      drain();
    });
    document.addEventListener('visibilitychange', () => document.hidden && leave());
    drain();
  })
  .catch(io.log);

// Who remembers this browser has to be there before anything is asked; on a device that several people share nobody does.
if (io.settings.credentials && !io.shared) io.load('cookie');
else io.begin();
