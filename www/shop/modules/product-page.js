// The product page: one product, its variants, and the button that puts it into the cart.
import { card } from './cards.js';
import * as cart from './cart.js';
import { catalogue } from './catalogue.js';
import { byId, element, render } from './dom.js';
import { price } from './money.js';
import * as page from './page.js';
import * as signals from './signals.js';

function variants(product, chosen, choose) {
  if (product.offers.length === 1) return null;
  return element('fieldset', { class: 'variants' },
    element('legend', {}, product.choice),
    ...product.offers.map((offer) =>
      element('label', {},
        element('input', {
          type: 'radio',
          name: 'variant',
          id: `variant-${offer.sku}`,
          value: offer.variant,
          checked: offer === chosen,
          onchange: () => choose(offer),
        }),
        element('span', {}, offer.variant, !offer.available && ' (sold out)'))));
}

function add(event, offer) {
  event.preventDefault();
  const wanted = Number(new FormData(event.target).get('quantity'));
  const added = cart.setQuantity(offer.id, offer.variant, cart.quantityOf(offer.id, offer.variant) + wanted);
  signals.changed(offer, added);
  const name = offer.variant ? `${offer.name}, ${offer.variant}` : offer.name;
  page.announce(added === 0 ? `You have ${cart.MOST} of these already, the most we sell at once.` : `${added} × ${name} added.`);
}

function show(range, product, offer) {
  document.title = `${product.name} · Fennholm`;
  const choose = (other) => {
    history.replaceState(null, '', other.url + location.hash);
    signals.viewItem(other);
    show(range, product, other);
  };
  const name = offer.variant ? `${product.name}, ${offer.variant}` : product.name;
  render(byId('product'),
    element('img', { class: 'product-picture', src: offer.image, alt: name, width: 800, height: 800 }),
    element('div', { class: 'product-words' },
      element('p', { class: 'kind' }, product.kind),
      element('h1', {}, product.name),
      element('p', { class: 'price', id: 'price' }, price(offer.price)),
      element('p', { class: 'text' }, product.text),
      element('form', { onsubmit: (event) => add(event, offer) },
        variants(product, offer, choose),
        offer.available
          ? element('div', { class: 'buy' },
            element('label', { for: 'quantity' }, 'Quantity'),
            element('input', { id: 'quantity', name: 'quantity', type: 'number', inputmode: 'numeric', min: 1, max: cart.MOST, value: byId('quantity')?.value ?? 1, required: true }),
            element('button', { class: 'button', id: 'add-to-cart' }, 'Add to cart'))
          : element('p', { class: 'sold-out' }, element('strong', {}, 'Sold out.'), ' The next ones come out of the workshop in spring.')),
      element('ul', { class: 'facts' }, ...product.facts.map((fact) => element('li', {}, fact)))));
  const others = range.products.filter((other) => other !== product);
  const related = [...others.filter((other) => other.kind === product.kind), ...others.filter((other) => other.kind !== product.kind)];
  render(byId('related'), ...related.slice(0, 4).map(card));
}

function missing() {
  render(byId('main'), element('div', { class: 'empty' },
    element('h1', {}, 'We do not have that one'),
    element('p', {}, 'The address names a product that is not in this shop.'),
    element('a', { class: 'button', href: '/' }, 'See everything')));
}

page.start();
catalogue.then((range) => {
  const asked = new URLSearchParams(location.search);
  const product = range.product(asked.get('id'));
  if (!product) return missing();
  const offer = range.offer(product.id, asked.get('variant')) ?? product.offers[0];
  signals.viewItem(offer);
  show(range, product, offer);
}, () => page.unavailable(byId('main')));
