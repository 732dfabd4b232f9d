// What is said of the person: an address, a permission, the shop's customer, that somebody else came.
import { io } from './io.js';
import { clean, context, tell } from './sender.js';

const { basis, wording } = io.settings.consent;

/** An address that was typed or said; `settled` once the field was left, `noticed` where the notice stands at the field. */
export const addressed = (text, settled, noticed) => {
  text = clean(text);
  return tell('e', [text, settled, noticed, basis + wording], () => {
    context.step = 'contact';
    return text;
  });
};

/** Permission or refusal, by `source` in the word of the wire; `words` stand beside the shop's own box. */
export const asked = (granted, source, words) => tell('p', [granted ? 1 : 0, source, words, basis + (words || wording)]);

// Seconds. A server that signs every page anew says nothing new until the end is of another day.
const DAY = 86400;

/** The shop said who its customer is, and perhaps signed it together with an address, an end and its own consent. */
export const identified = ({ customer, email, until, consent, signature }) => {
  const whole = (value) => Math.trunc(value) || 0;
  const signed = clean(signature) && {
    email: clean(email),
    until: whole(until),
    consent: consent && { basis: clean(consent.basis), time: whole(consent.time), wording: clean(consent.wording) },
    signature: clean(signature),
  };
  const id = clean(customer);
  const said = signed ? JSON.stringify({ ...signed, until: whole(until / DAY), signature: 0 }) : '';
  return tell('i', [id && id + said, signed && signed.email, signed], () => id);
};

/** The cart is being rebuilt from a reminder. */
export const rebuilt = (token) => tell('v', [token], () => token);

/** The person at this browser is another from here on. */
export const parted = () => tell('q');
