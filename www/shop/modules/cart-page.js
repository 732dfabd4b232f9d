// The cart page: it shows the total and lets the shopper change the lines.
import * as cart from './cart.js';
import { byId, element, render } from './dom.js';
import { price } from './money.js';
import * as page from './page.js';
import * as signals from './signals.js';

function set(line, quantity) {
  signals.changed(line, cart.setQuantity(line.id, line.variant, quantity));
  // The control that was used is gone with its line.
  if (quantity <= 0) byId('cart-title').focus();
}

function row(line) {
  const name = line.variant ? `${line.name}, ${line.variant}` : line.name;
  const step = (sign, word, difference) =>
    element('button', {
      type: 'button',
      id: `${word}-${line.sku}`,
      'aria-label': `${word} of ${name}`,
      'aria-disabled': String(line.quantity + difference > cart.MOST),
      onclick: () => set(line, line.quantity + difference),
    }, sign);
  return element('li', { class: 'line' },
    element('a', { href: line.url, tabindex: -1, 'aria-hidden': 'true' }, element('img', { src: line.image, alt: '', width: 800, height: 800 })),
    element('div', { class: 'line-words' },
      element('a', { href: line.url }, line.name),
      line.variant && element('span', { class: 'line-variant' }, line.variant),
      element('span', { class: 'line-price' }, `${price(line.price)} each`),
      !line.available && element('strong', { class: 'sold-out' }, 'Sold out since you chose it')),
    element('div', { class: 'stepper' },
      step('−', 'One less', -1),
      element('input', {
        id: `quantity-${line.sku}`,
        'aria-label': `Quantity of ${name}`,
        type: 'number',
        inputmode: 'numeric',
        min: 0,
        max: cart.MOST,
        value: line.quantity,
        onchange: (event) => {
          const wanted = event.target.value === '' ? line.quantity : Number(event.target.value);
          set(line, wanted);
          event.target.value = cart.quantityOf(line.id, line.variant);
        },
      }),
      step('+', 'One more', 1)),
    element('span', { class: 'line-total' }, price(line.total)),
    element('button', {
      class: 'remove',
      type: 'button',
      'aria-label': `Remove ${name}`,
      onclick: () => set(line, 0),
    }, 'Remove'));
}

function empty() {
  return element('div', { class: 'empty' },
    element('img', { src: '/pictures/walnut-tray.jpg', alt: '', width: 800, height: 800 }),
    element('p', {}, 'Nothing in it yet. Put the kettle on and have a look around.'),
    element('a', { class: 'button', href: '/' }, 'See everything'));
}

function summary(lines) {
  const sellable = lines.every((line) => line.available);
  return element('aside', { class: 'summary', 'aria-label': 'Summary' },
    element('dl', {},
      element('dt', {}, 'Items'), element('dd', {}, price(cart.total(lines))),
      element('dt', {}, 'Delivery'), element('dd', {}, 'free'),
      element('dt', { class: 'sum' }, 'Total'), element('dd', { class: 'sum', id: 'total' }, price(cart.total(lines)))),
    sellable
      ? element('a', { class: 'button', id: 'to-checkout', href: '/checkout.html' }, 'Go to checkout')
      : element('p', { class: 'sold-out' }, 'Please remove what is sold out first.'),
    element('p', { class: 'small' }, 'All prices include VAT.'));
}

async function show() {
  const lines = await cart.lines();
  byId('cart').classList.toggle('with-summary', lines.length > 0);
  if (lines.length === 0) render(byId('cart'), empty());
  else render(byId('cart'), element('ul', { class: 'lines' }, ...lines.map(row)), summary(lines));
  return lines;
}

page.start(show);
show().then(
  (lines) => lines.length > 0 && signals.viewCart(lines),
  () => page.unavailable(byId('main')),
);
