// The script of the shop with a JSON interface: it keeps a store, and draws the page anew whenever the store changes.
'use strict';
(() => {
  const api = '/api/store/v1/';
  const state = { cart: null, email: '', name: '', order: null };
  const root = document.querySelector('#root');
  const { page } = document.body.dataset;

  const call = async (path, body, method = body ? 'POST' : 'GET') => {
    const answer = await fetch(api + path, { method, headers: { 'Content-Type': 'application/json', Nonce: 'a1b2' }, body: body && JSON.stringify(body) });
    return answer.json();
  };

  // Several calls in one request, each with its own status.
  const batch = async (...requests) => {
    const { responses } = await call('batch', { requests });
    return responses[responses.length - 1].body;
  };

  // Amounts come as text in minor units beside the number of digits.
  const money = (amount, { currency_code, currency_minor_unit }) =>
    new Intl.NumberFormat('fr-FR', { style: 'currency', currency: currency_code }).format(Number(amount) / 10 ** currency_minor_unit);

  const make = (name, properties = {}, ...children) => {
    const { dataset, ...rest } = properties;
    const element = Object.assign(document.createElement(name), rest);
    Object.assign(element.dataset, dataset);
    element.append(...children);
    return element;
  };

  const set = (cart) => {
    state.cart = cart;
    draw();
  };

  const line = (item) =>
    make('div', { className: 'row' },
      make('a', { href: item.permalink, textContent: item.name }),
      make('span', { className: 'options', textContent: item.variation.map(({ attribute, value }) => `${attribute} : ${value}`).join(', ') }),
      make('span', { className: 'unit', textContent: money(item.prices.price, item.prices) }),
      make('button', { className: 'less', textContent: '−', onclick: async () => set(await call('cart/update-item', { key: item.key, quantity: item.quantity - 1 })) }),
      make('input', { className: 'quantity', type: 'number', value: item.quantity, ariaLabel: `Quantité de ${item.name}` }),
      make('button', { className: 'more', dataset: { sku: item.sku }, textContent: '+', onclick: async () => set(await call('cart/update-item', { key: item.key, quantity: item.quantity + 1 })) }),
      make('button', { className: 'drop', dataset: { sku: item.sku }, textContent: 'Retirer', onclick: async () => set(await batch({ method: 'POST', path: '/store/v1/cart/remove-item', body: { key: item.key } })) }),
      make('span', { className: 'line', textContent: money(item.totals.line_total, item.totals) }));

  const cart = () => {
    const { items, totals } = state.cart;
    if (!items.length) return [make('p', { textContent: 'Votre panier est vide.' })];
    return [
      make('h1', { textContent: 'Panier' }),
      ...items.map(line),
      make('p', { className: 'total', textContent: money(totals.total_price, totals) }),
      make('a', { href: '/commande', className: 'checkout', textContent: 'Valider la commande' }),
    ];
  };

  // A controlled field: what stands in it is what the store says, and each keystroke draws the form anew.
  const field = (name, properties) =>
    make('input', {
      ...properties,
      value: state[name],
      oninput: ({ target }) => {
        state[name] = target.value;
        draw(target.id);
      },
      onblur: () => queueMicrotask(() => name === 'email' && state.email && batch({ method: 'POST', path: '/store/v1/cart/update-customer', body: { billing_address: { email: state.email } } }).then((cart) => (state.cart = cart))),
    });

  const checkout = () => [
    make('h1', { textContent: 'Commande' }),
    make('form', {
      className: 'contact',
      noValidate: true,
      onsubmit: async (event) => {
        event.preventDefault();
        const { order_id, order_key } = await call('checkout', { billing_address: { email: state.email, last_name: state.name }, payment_method: 'cheque' });
        location.assign(`/commande/confirmation/${order_id}?key=${order_key}`);
      },
    },
      make('label', { htmlFor: 'email', textContent: 'Adresse e-mail' }),
      field('email', { id: 'email', type: 'email', autocomplete: 'section-contact contact email' }),
      make('label', { htmlFor: 'last', textContent: 'Nom' }),
      field('name', { id: 'last', autocomplete: 'family-name' }),
      make('button', { className: 'place', textContent: 'Commander' })),
    make('p', { className: 'total', textContent: money(state.cart.totals.total_price, state.cart.totals) }),
  ];

  const draw = (focused) => {
    const { items_count } = state.cart;
    document.querySelector('.cart-badge').textContent = items_count ? `Panier (${items_count})` : 'Panier';
    if (page === 'product') return;
    root.replaceChildren(...(page === 'cart' ? cart() : checkout()));
    if (!focused) return;
    // The caret is put back; typed text goes on where it was.
    const field = document.getElementById(focused);
    field.focus({ preventScroll: true });
    if (field.type !== 'email') field.setSelectionRange(field.value.length, field.value.length);
  };

  if (page === 'product')
    for (const button of document.querySelectorAll('[data-add]'))
      button.addEventListener('click', async () => {
        set(await call('cart/add-item', { id: Number(button.dataset.add), quantity: 1 }));
        document.body.dataset.added = state.cart.items_count;
      });
  if (page !== 'order') call('cart').then(set);
})();
