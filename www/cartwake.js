// The shim: the only script that every page loads; it listens, stores and fetches.
//
// It takes one decision: nothing passes it that consent, Global Privacy Control or a refusal forbids, whatever the modules
// behind it say.
// The same bytes serve every site; see docs/decisions/one-static-shim.md.
try {
  // The browser's own word for it: an element of the page that is named like a property of the document takes its place. A tag
  // that is a module has none, and nothing on a page may say in its stead where we come from.
  const { get } = Object.getOwnPropertyDescriptor(Document.prototype, 'currentScript');
  const script = get.call(document);
  const { origin, searchParams } = new URL(script.src);
  const site = script.dataset.site || searchParams.get('site') || '';
  const key = 'cartwake ' + site;
  // Where several people share a device, what is known ends with the tab.
  const shared = script.dataset.session != null;
  const storage = () => (shared ? sessionStorage : localStorage);
  const gpc = navigator.globalPrivacyControl;
  const early = window.cartwake;
  const loads = {};
  const debug = /cartwake_debug/.test(location.search);
  // What the shopper said, as the state keeps it: u(nknown), g(ranted by a call), t(icked), d(enied).
  let said = 'u';
  let last;

  const permitted = () => said == 't' || (!gpc && (said == 'g' || (said != 'd' && io.settings?.tracking == 'notice')));

  // Without permission the question goes out without a word about the visitor.
  const boot = async (visitor) =>
    (await fetch(origin + '/v1/boot?site=' + site + '&locale=' + (document.documentElement.lang || navigator.language) + (permitted() ? visitor : ''))).json();

  const load = async (name) => {
    if (!loads[name])
      try {
        loads[name] = 1;
        io.settings ||= await boot('');
        const module = io.settings.modules[name];
        const added = document.createElement('script');
        added.src = origin + module.js;
        added.integrity = module.js_integrity;
        added.crossOrigin = '';
        added.nonce = script.nonce;
        // Until it has asked for what is lent to it.
        loads[name] = added;
        document.head.append(added);
      } catch (error) {
        // Offline or refused: the next signal tries again.
        loads[name] = 0;
        io.log(error);
      }
  };

  const signal = (name, value) => {
    io.take(name, value);
    // Who refused is not followed.
    if (said != 'd') load('capture');
  };

  // What the modules get of the shim; no script of the page can reach it.
  const io = {
    site,
    origin,
    nonce: script.nonce,
    gpc,
    shared,
    boot,
    permitted,
    report: signal,
    load,
    on: {},
    early: [],
    logged: [],
    // Boxes that the shopper changed by hand, and what to; what a script ticks is nobody's wish.
    touched: new Map(),
    take: (...early) => io.early.push(early),
    said: () => said,
    // The panel says it in words, without what a stranger behind the shopper is not to read; what kept it away is said at once.
    log(...words) {
      debug && io.logged.push(words) && words[0]?.stack && console.log('cartwake', words[0]);
    },
    get() {
      try {
        const text = storage()[key];
        // Only what another page wrote is news: what the shopper said here may not stand there yet.
        if (text && text != last) said = text[0];
        return (last = text);
      } catch {}
    },
    set(text) {
      try {
        try {
          // A refusal may be remembered, everything else needs permission.
          if (text && (permitted() || text[0] == 'd')) return (last = storage()[key] = text);
        } catch {}
        // What cannot be stored anew must not be read again as what another tab wrote. Never before it is stored: another tab
        // that reads in between would take everything for wiped.
        delete storage()[key];
      } catch {}
    },
    // Nothing is answered where nothing may be asked.
    async post(request) {
      if (permitted() || /tracking":"d/.test(request.body)) return fetch(origin + '/v1/collect', request);
    },
    consent(...given) {
      said = given[0] ? (said == 't' || /box/.test(given[1]) ? 't' : 'g') : 'd';
      io.take('consent', given);
      // A refusal, too, must reach the Worker and the storage.
      load('capture');
    },
  };

  // An entry is an object of Tag Manager or the `arguments` of gtag; getters of the page may throw.
  const look = (entry) => {
    try {
      const [kind, name, value] = entry[0] ? entry : ['event', entry.event, entry.ecommerce || entry];
      // What a consent tool said needs nobody before there is something to keep.
      if (kind == 'consent') io.take('consent_mode', [name, value]);
      else if (kind == 'event' && /_(cart|checkout)$|^purchase$/.test(name)) signal(name, value);
    } catch (error) {
      io.log(error);
    }
  };

  // Follows the page's list of events, also where the page has put another in its place.
  let layer;
  const hook = () => {
    if (layer == (layer = window.dataLayer ||= [])) return;
    layer.forEach(look);
    const { push } = layer;
    layer.push = function (...entries) {
      const result = push.apply(this, entries);
      entries.forEach(look);
      return result;
    };
  };

  // A request, form, link or button that speaks of a cart; what it did is for the adapter to find out.
  const about = /car[rt]|sepet|\bbag\b|sacola|check.?out|basket|winkelm|kass[ae]|cesta|k[ou]r[bgv]|kosz?[iy]k|panier/i;
  const act = (target) => {
    hook();
    const found = target?.closest?.('form,a,button,input,iframe');
    if (found && about.test(found.cloneNode().outerHTML + found.textContent.slice(0, 99))) signal('form', found);
  };

  const field = (found, type) => {
    // Of a field that only its label explains it is asked once somebody is at it.
    if (/mail|e-?post/i.test(found.type + found.name + found.id + found.autocomplete + (type == 'focusin' && found.labels?.[0]?.textContent))) signal('field', [type, found]);
  };

  // A checkout's field is made ready before it is touched; elsewhere only one that is filled already counts.
  const scan = () => {
    hook();
    const near = about.test(location.href.split(location.origin)[1]);
    for (const found of document.querySelectorAll('input')) if (found.value || near) field(found);
    // A queue or an address that waits is sent from whatever page comes next; a cart that is known is looked after.
    const waits = /:.{|"raw"/.test(io.get());
    if (waits) load('capture');
    // So is a page that leads to itself: a form was posted, which may have put something into the cart.
    if (near || waits || document.referrer.split('?')[0] == location.origin + location.pathname) signal('page');
  };

  // Lends once to each of our scripts, while it runs for the first time. Cannot be defined again, so a second shim ends here.
  Object.defineProperty(window, 'cartwakeLends', {
    value() {
      const running = get.call(document);
      for (const name in loads)
        if (loads[name] == running) {
          loads[name] = 1;
          return io;
        }
    },
  });

  window.cartwake = (name, value, then) => {
    try {
      if (name == 'consent') io.consent(value == 'granted', 'api');
      else if (name == 'on') (io.on[value] ||= []).push(then);
      else if (/^(cart|clear|identify|order)$/.test(name)) signal(name, value);
      else io.log('unknown call', name);
    } catch (error) {
      io.log(error);
    }
  };
  // An element of the page may have the name.
  if (typeof early == 'function') for (const call of early.q || []) cartwake(...call);

  // The box that a hand has just clicked. A script's click changes it with an event that looks genuine, and in some browsers
  // so does the click on the label that the script clicked.
  let wished;
  let isForged;
  const clicked = (isTrusted, found) => {
    if (isTrusted) wished = !isForged && found;
    else {
      isForged = 1;
      queueMicrotask(() => (isForged = 0));
    }
  };
  io.changed = (isTrusted, found) => {
    if (isTrusted && wished == found) io.touched.set(found, found.checked);
    else if (io.touched.get(found) != found.checked) io.touched.delete(found);
    wished = 0;
    return io.touched.has(found);
  };

  hook();
  for (const type of ['focusin', 'submit', 'change', 'click'])
    addEventListener(type, (event) => {
      const [found] = event.composedPath();
      if (type == 'click') clicked(event.isTrusted, found);
      if (type == 'change') io.changed(event.isTrusted, found);
      // Clicks and submits.
      /k|s.b/.test(type) ? act(found) : field(found, type);
    }, true);
  // What is clicked in a frame is not heard outside of it, but that the frame takes the focus.
  addEventListener('blur', () => act(document.activeElement));
  new PerformanceObserver((list) => {
    for (const { name, initiatorType } of list.getEntries())
      if (/^[fx]/.test(initiatorType) && about.test(name.split(location.origin)[1])) signal('request', name);
  }).observe({ type: 'resource', buffered: true });
  document.readyState == 'loading' ? addEventListener('DOMContentLoaded', scan) : scan();

  try {
    // An earlier page of this tab came by a link, and nobody has touched anything since.
    io.visit = sessionStorage['cartwake visit'];
  } catch {}
  // Kept, for the page's own router may put another in its place.
  if (/[#&]cw=/.test((io.hash = location.hash)) || io.visit) load('restore');
  if (debug) load('panel');
} catch (error) {
  /cartwake_debug/.test(location.search) && console.warn('cartwake: no classic script', error);
}
