// The shim: the only script every page loads. Listeners, storage and fetch; no decision but one: what consent,
// Global Privacy Control and refusal forbid does not get past it, whatever the modules behind it say.
// The same bytes serve every site; see docs/decisions/one-static-shim.md.
try {
  const script = document.currentScript || document.querySelector('script[src*="cartwake.js"]');
  const { origin, searchParams } = new URL(script.src);
  const site = script.dataset.site || searchParams.get('site') || '';
  const key = 'cartwake ' + site;
  const gpc = navigator.globalPrivacyControl;
  const early = window.cartwake;
  const loads = {};
  const debug = /[?&]cartwake_debug/.test(location.search);
  // What the shopper said, as the state keeps it: u(nknown), g(ranted by a call), t(icked), d(enied).
  let said = 'u';
  let last;

  const permitted = () => said == 't' || (!gpc && (said == 'g' || (said != 'd' && io.settings?.tracking == 'notice')));

  // Without permission the question goes out without a word about the visitor.
  const boot = (visitor) =>
    fetch(`${origin}/v1/boot?site=${site}&locale=${document.documentElement.lang || navigator.language}${visitor && permitted() ? '&visitor=' + visitor + '&seen=' + io.settings.seen : ''}`).then((answer) => answer.json());

  const load = (name) =>
    (loads[name] ||= Promise.resolve(io.settings || boot()).then((settings) => {
      io.settings = settings;
      const { js, js_integrity } = settings.modules[name];
      document.head.append(
        Object.assign(document.createElement('script'), {
          src: origin + js,
          integrity: js_integrity,
          crossOrigin: '',
          nonce: script.nonce,
        }),
      );
    }).catch((error) => {
      // Offline or refused: the next signal tries again.
      loads[name] = 0;
      io.log(error);
    }));

  const signal = (name, value) => {
    io.take(name, value);
    // Who refused is not followed; a refusal itself must still reach the Worker and the storage.
    if (said != 'd' || name == 'consent') load('capture');
  };

  // What the modules get of the shim; the page has no use for it.
  const io = {
    site,
    origin,
    gpc,
    boot,
    permitted,
    signal,
    load,
    on: {},
    early: [],
    logged: [],
    // Boxes that the shopper changed; what a script ticks is nobody's wish.
    touched: new WeakSet(),
    take: (...early) => io.early.push(early),
    said: () => said,
    log(...words) {
      if (!debug) return;
      console.log('cartwake', ...words);
      io.logged.push(words);
      io.show?.(words);
    },
    get() {
      let text;
      try {
        text = localStorage[key];
      } catch {}
      // Only what another page wrote is news: what the shopper said here may not stand there yet.
      if (text && text != last) said = text[0];
      return (last = text);
    },
    set(text) {
      try {
        // What cannot be stored anew must not be read again as what another tab wrote.
        localStorage.removeItem(key);
        // A refusal may be remembered, everything else needs permission.
        if (text && (permitted() || text[0] == 'd')) return (last = localStorage[key] = text);
      } catch {}
    },
    post: async (body) => {
      if (!permitted() && !body.includes('"tracking":"denied"')) throw 'refused';
      // 64 KiB of keepalive bodies are shared by the whole page, so only small ones take part.
      return fetch(origin + '/v1/collect', { method: 'POST', body, keepalive: new Blob([body]).size < 16e3 });
    },
    consent(granted, source, words) {
      if (!granted) said = 'd';
      else if (/box$/.test(source)) said = 't';
      else if (source != 'notice' && said != 't') said = 'g';
      signal('consent', [granted, source, words]);
    },
  };

  const api = (name, value, then) => {
    if (name == 'on') {
      (io.on[value] ||= []).push(then);
      io.late?.(value);
    } else if (name == 'consent') io.consent(value == 'granted', 'api');
    else if (/^(cart|identify|order|clear)$/.test(name)) signal(name, value);
    else io.log('unknown call', name);
  };

  // An entry is an object of Tag Manager or the `arguments` of gtag; getters of the page may throw.
  const look = (entry) => {
    try {
      // What a consent tool said needs nobody before there is something to keep.
      if (entry[0] == 'consent') io.take('consent_mode', [entry[1], entry[2]]);
      const gtag = entry[0] == 'event';
      const name = gtag ? entry[1] : entry.event;
      if (/_cart$|^(begin_checkout|purchase)$/.test(name))
        signal(name, gtag ? entry[2] : entry.ecommerce || entry);
    } catch (error) {
      io.log(error);
    }
  };

  // Follows the page's list of events, also where the page has put another in its place.
  let layer;
  const hook = () => {
    if (layer == (window.dataLayer ||= [])) return;
    layer = dataLayer;
    layer.slice().forEach(look);
    const { push } = layer;
    layer.push = function (...entries) {
      const result = push.apply(this, arguments);
      entries.forEach(look);
      return result;
    };
  };

  // A request, form, link or button that speaks of a cart; what it did is for the adapter to find out.
  const about = /cart|basket|check.?out|\bbag\b|kass[ae]|korb|panier|carr|winkelm|cesta|koszyk/i;
  const act = ({ target }) => {
    hook();
    const found = target.closest?.('form,a,button');
    if (found && about.test(found.cloneNode().outerHTML + found.textContent.slice(0, 99))) signal('form', found);
  };
  const requested = (list) =>
    list.getEntries().forEach(({ name, initiatorType }) => {
      if (/^(f|x)/.test(initiatorType) && about.test(name.split(location.origin)[1])) signal('request', name);
    });

  const field = (found, type) => {
    if (found?.matches?.('input') && /mail/i.test(found.type + found.name + found.id + found.autocomplete))
      signal('field', [type, found]);
  };

  // A checkout's field is made ready before it is touched; elsewhere only one that is filled already counts.
  const scan = () => {
    hook();
    const near = about.test(location.pathname + location.search);
    for (const found of document.querySelectorAll('input')) if (found.value || near) field(found);
    // A queue that waits is sent from whatever page comes next; a cart that is known is looked after.
    if (/"queue":\[{|"raw"/.test(io.get())) load('capture');
    // So is a page that leads to itself: a form was posted, which may have put something into the cart.
    if (near || document.referrer.split('?')[0] == location.origin + location.pathname || /"lines":\[{/.test(io.get())) signal('page');
  };

  if (!early?.io) {
    window.cartwake = (...call) => {
      try {
        api(...call);
      } catch (error) {
        io.log(error);
      }
    };
    cartwake.io = io;
    for (const call of early?.q || []) cartwake(...call);

    hook();
    for (const type of ['focusin', 'input', 'change', 'focusout'])
      document.addEventListener(type, (event) => {
        const [found] = event.composedPath();
        if (event.isTrusted && type == 'change') io.touched.add(found);
        field(found, type);
      }, true);
    for (const type of ['click', 'submit']) document.addEventListener(type, act, true);
    new PerformanceObserver(requested).observe({ type: 'resource', buffered: true });
    document.readyState == 'loading' ? document.addEventListener('DOMContentLoaded', scan) : scan();

    io.token = /[#&]cw=([\w.-]+)/.exec(location.hash)?.[1];
    if (io.token) load('restore');
    if (debug) load('panel');
  }
} catch {}
