// The challenge: asks beside the e-mail field whether a person is here; loaded once the Worker wants to know before it mails.
import { io } from './io.js';

// Cloudflare's own script; a foreign address only where the Worker's configuration names one.
const USUAL = 'https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit';
// A page that fails again and again is not asked for ever.
const MOST = 3;
let asked = 0;
let place;
let loading;

const load = (script) =>
  new Promise((resolve, reject) => {
    // The shop may use it for itself.
    if (window.turnstile) return resolve();
    const added = document.createElement('script');
    Object.assign(added, { src: script, nonce: io.nonce, onload: resolve, onerror: reject });
    document.head.append(added);
  });

/** Asks once at a time; what is solved goes with the cart that the Worker asked for last. */
io.ask = async () => {
  if (place || ++asked > MOST) return;
  place = document.createElement('div');
  const close = () => {
    turnstile.remove(widget);
    place.remove();
    place = 0;
  };
  let widget;
  try {
    const { sitekey, script = USUAL, data } = io.challenge;
    await (loading ||= load(script));
    // Without a field the shop itself has said the address; the corner is nobody's.
    if (!io.beside?.(place)) {
      place.style.cssText = 'position:fixed;inset:auto 8px 8px auto;z-index:2147483646';
      place.dataset.cartwakeIgnore = '';
      document.body.append(place);
    }
    widget = turnstile.render(place, {
      sitekey,
      // Cloudflare tells both to the Worker with what was solved: it is good for this widget and this visitor.
      action: 'cartwake',
      cData: data,
      // Nothing is seen, and nothing moves, unless somebody has to do something.
      appearance: 'interaction-only',
      theme: 'auto',
      language: document.documentElement.lang || 'auto',
      // No field of its own in the shop's form.
      'response-field': false,
      'refresh-expired': 'never',
      callback(token) {
        io.solved(token, io.challenge.cart);
        close();
      },
      'error-callback'(code) {
        io.log('challenge', code);
        close();
        return true;
      },
    });
  } catch (error) {
    // The page forbids that script, or it is not reached: the Worker goes on without an answer.
    io.log(error);
    place.remove();
    place = loading = 0;
  }
};
io.ask();
