// The catalogue page: all products, or the products of one department.
import { card } from './cards.js';
import { catalogue } from './catalogue.js';
import { byId, element, render } from './dom.js';
import * as page from './page.js';

const EVERYTHING = 'Everything';

function show(products, kind) {
  const chosen = products.filter((product) => kind === EVERYTHING || product.kind === kind);
  render(byId('products'), ...chosen.map(card));
  const kinds = [EVERYTHING, ...new Set(products.map((product) => product.kind))];
  render(byId('kinds'), ...kinds.map((name) =>
    element('button', {
      id: `kind-${name.toLowerCase()}`,
      type: 'button',
      'aria-pressed': String(name === kind),
      onclick: () => show(products, name),
    }, name)));
}

page.start();
catalogue.then(({ products }) => show(products, EVERYTHING), () => page.unavailable(byId('main')));
