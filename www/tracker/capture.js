// Capture: starts the step and connects the page's signals, the field and the consent box to it.
import { noticed, show } from './box.js';
import { isEmail, typed } from './field.js';
import { reread, sources, watch } from './adapter.js';
import { start } from './engine.js';
import { addressed, asked } from './person.js';
import { drain, kept, leave, tell } from './sender.js';

const { io } = cartwake;
let field;

const draw = () => field?.isConnected && show(field, kept.n[0] == 2);

const handlers = {
  ...sources,
  field([type, found]) {
    if (!isEmail(found)) return;
    field = found;
    draw();
    typed(type, field, noticed());
  },
  async consent([granted, source]) {
    asked(granted, source);
    if (!granted) return;
    if (field) addressed(field.value, 1, noticed());
    await reread();
  },
};

const take = async (name, value) => {
  try {
    io.log('seen', name, value);
    await handlers[name]?.(value);
  } catch (error) {
    io.log(error);
  }
};

start(io.settings.modules.capture)
  .then(() => {
    io.take = take;
    for (const early of io.early) take(...early);
    watch();
    addEventListener('online', () => tell('l', []));
    addEventListener('pagehide', leave);
    addEventListener('pageshow', ({ persisted }) => {
      // Back from the browser's own cache: another page may have changed the cart meanwhile.
      if (persisted) reread();
      drain();
    });
    document.addEventListener('visibilitychange', () => document.hidden && leave());
    // A framework that renders the form anew takes the box with it.
    new MutationObserver(draw).observe(document, { childList: true, subtree: true });
    drain();
  })
  .catch(io.log);
