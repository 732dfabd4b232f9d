// The thank-you page: it shows the order's number and sends the purchase signal exactly once.
import * as cart from './cart.js';
import { byId, element, render } from './dom.js';
import { cents, price } from './money.js';
import * as orders from './orders.js';
import * as page from './page.js';
import * as signals from './signals.js';

function thanks(placed) {
  return element('div', { class: 'empty' },
    element('p', { class: 'kind' }, 'Order ', element('span', { id: 'order-number' }, placed.order)),
    element('h1', {}, 'Thank you'),
    element('p', {}, 'We have your order of ', element('strong', { id: 'order-total' }, price(cents(placed.total))),
      ' and write to ', element('strong', {}, placed.email), ' when it leaves the workshop. (It will not: this is a demo.)'),
    element('ul', { class: 'thumbs' }, ...placed.lines.map((line) =>
      element('li', {}, element('img', { src: line.image, alt: `${line.quantity} × ${line.name}`, width: 800, height: 800 })))),
    element('a', { class: 'button', href: '/' }, 'Back to the shop'));
}

function nothing() {
  return element('div', { class: 'empty' },
    element('h1', {}, 'No order here'),
    element('p', {}, 'This browser tab has not placed an order.'),
    element('a', { class: 'button', href: '/' }, 'See everything'));
}

const last = orders.last();
if (last?.isNew) {
  signals.purchase(last.placed);
  // Before `page.start`, so that no *empty cart* is stated: the purchase has closed this cart, and an empty one
  // arriving first would look as if the shopper had thrown everything out.
  cart.close();
}
page.start();
render(byId('main'), last ? thanks(last.placed) : nothing());
