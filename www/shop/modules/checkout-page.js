// The checkout page: name and address, a mock payment, and the order.
import * as cart from './cart.js';
import { byId, element, render } from './dom.js';
import { price } from './money.js';
import * as orders from './orders.js';
import * as page from './page.js';
import * as signals from './signals.js';

async function show() {
  const lines = await cart.lines();
  byId('checkout').hidden = lines.length === 0;
  byId('nothing').hidden = lines.length > 0;
  render(byId('summary'),
    element('ul', { class: 'summary-lines' }, ...lines.map((line) =>
      element('li', {},
        element('img', { src: line.image, alt: '', width: 800, height: 800 }),
        element('span', {}, `${line.quantity} × ${line.name}`, line.variant && element('small', {}, line.variant)),
        element('span', {}, price(line.total))))),
    element('dl', {},
      element('dt', {}, 'Delivery'), element('dd', {}, 'free'),
      element('dt', { class: 'sum' }, 'Total'), element('dd', { class: 'sum', id: 'total' }, price(cart.total(lines)))));
  return lines;
}

function problem(sentence) {
  byId('problem').textContent = sentence;
}

async function submit(event) {
  event.preventDefault();
  const button = byId('place-order');
  problem('');
  button.disabled = true;
  try {
    await orders.place(new FormData(event.target).get('email'), await cart.lines());
    location.assign('/thanks.html');
  } catch {
    problem('The order did not reach us. Nothing was charged and your cart is kept: please try again.');
    button.disabled = false;
  }
}

page.start(show);
byId('checkout-form').addEventListener('submit', submit);
show().then(
  (lines) => lines.length > 0 && signals.beginCheckout(lines),
  () => page.unavailable(byId('main')),
);
