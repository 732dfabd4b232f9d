// Consent at the field: an unticked box or a notice, or the shop's own box; accessible, without a style sheet.
import { io } from './io.js';

const { draw, text, refuse, selector } = io.settings.consent;
let drawn;

const make = (name, properties, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};

/** Puts an element behind the field's own wrapper, so that nothing above or at the field moves. */
export const put = (element, field) => {
  const { parentElement } = field;
  const wrapper = field.closest('label') || (parentElement.querySelectorAll('input').length < 2 && !parentElement.matches('form,body') ? parentElement : field);
  element.dataset.cartwakeIgnore = '';
  wrapper.after(element);
};

/** Whether the notice stands on the page, so that an address typed below it was typed knowing it. */
export const noticed = () => (draw == 'notice' && drawn?.isConnected && !drawn.hidden ? 1 : 0);

/**
 * Draws once beside the field, and again when the page's framework removed it.
 *
 * `ticked` is what the shopper said before; a box that nobody ticked is never ticked. A shop that wants no movement at
 * all reserves the place with `<div data-cartwake-consent>`.
 */
export const show = (field, ticked) => {
  if (drawn?.isConnected || selector || !text || !/box|notice/.test(draw) || (draw == 'notice' && io.gpc)) return;
  const answer = (granted) => io.consent(granted, draw);
  // In a shadow root nobody but the box hears that it was changed.
  const change = ({ isTrusted, target }) => (io.changed(isTrusted, target) || !target.checked) && answer(target.checked);
  const parts =
    draw == 'box'
      ? [
          make(
            'label',
            {},
            make('input', { type: 'checkbox', checked: ticked, onchange: change }),
            ' ' + text,
          ),
        ]
      : [
          text + ' ',
          make('button', {
            type: 'button',
            textContent: refuse,
            onclick() {
              answer(false);
              drawn.hidden = true;
            },
          }),
        ];
  drawn = make('div', { dir: 'auto' }, ...parts);
  drawn.dataset.cartwakeIgnore = '';
  drawn.style.cssText = 'grid-column:1/-1;flex-basis:100%;margin:.5em 0;text-align:start';
  const place = document.querySelector('[data-cartwake-consent]');
  if (place) place.append(drawn);
  else put(drawn, field);
};

// What the shopper did with the shop's own box, and the words beside it, which are the proof of what was agreed to.
const heed = (box, granted) => {
  ticked = granted && box;
  io.consent(granted, 'shop-box', [...(box.labels || [])].map(({ textContent }) => textContent).join(' ') || box.ariaLabel);
};

// The box that a hand ticked on this page.
let ticked;
let own;
/** Reads the shop's own box where a hand has changed it before; one that a script ticked says nothing. */
export const read = () => {
  const box = selector && document.querySelector(selector);
  if (box == own) return;
  own = box;
  if (io.touched.has(box)) heed(box, io.touched.get(box));
};

if (selector)
  document.addEventListener('change', (event) => {
    const [box] = event.composedPath();
    if (!box.matches?.(selector)) return;
    own = box;
    if (io.changed(event.isTrusted, box) || (box == ticked && !box.checked)) heed(box, box.checked);
    else io.log('held back', 'a script changed the box of the shop, and only a hand on the box itself or its words agrees');
  }, true);
