// Capture: starts the step and connects the page's signals, the field and the consent box to it.
import { noticed, show } from './box.js';
import { isEmail, typed } from './field.js';
import { reread, sources } from './adapter.js';
import { drain, leave, start, tell } from './sender.js';

const { io } = cartwake;
const { settings } = io;
let field;

const handlers = {
  ...sources,
  field([type, found]) {
    if (!isEmail(found)) return;
    field = found;
    show(field, /^t/.test(io.get()));
    typed(type, field, noticed());
  },
  async consent([granted, source]) {
    tell('p', [granted ? 1 : 0, source]);
    if (!granted) return;
    if (field) tell('e', [1, field.value, noticed()]);
    await reread();
  },
};

const take = async (name, value) => {
  try {
    io.log('seen', name, value);
    await handlers[name](value);
  } catch (error) {
    io.log(error);
  }
};

start(settings.modules.capture)
  .then(() => {
    const { consent = {} } = settings;
    tell('b', [
      settings.tracking == 'notice' ? 0 : 1,
      io.gpc ? 1 : 0,
      io.site || settings.site,
      consent.basis,
      consent.wording,
      document.documentElement.lang || navigator.language,
      Intl.DateTimeFormat().resolvedOptions().timeZone,
      location.origin + location.pathname,
    ]);
    io.take = take;
    for (const early of io.early) take(...early);
    addEventListener('online', () => tell('l'));
    addEventListener('pagehide', leave);
    addEventListener('pageshow', drain);
    document.addEventListener('visibilitychange', () => document.hidden && leave());
    // A framework that renders the form anew takes the box with it.
    new MutationObserver(() => field?.isConnected && show(field, /^t/.test(io.get()))).observe(document, { childList: true, subtree: true });
  })
  .catch(io.log);
