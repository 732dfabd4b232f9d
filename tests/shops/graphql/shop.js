// The script of the GraphQL shop: one endpoint, mutations with variables, answers in edges and nodes.
'use strict';
(() => {
  const FIELDS = `id checkoutUrl totalQuantity cost { totalAmount { amount currencyCode } subtotalAmount { amount currencyCode } }
    lines(first: 100) { edges { node { id quantity cost { amountPerQuantity { amount currencyCode } totalAmount { amount currencyCode } }
    merchandise { ... on ProductVariant { id title sku price { amount currencyCode } product { id title handle } } } } } }`;
  const MUTATIONS = {
    cartCreate: `mutation cartCreate($lines: [CartLineInput!]) { cartCreate(input: { lines: $lines }) { cart { ${FIELDS} } userErrors { message } } }`,
    cartLinesAdd: `mutation cartLinesAdd($cartId: ID!, $lines: [CartLineInput!]!) { cartLinesAdd(cartId: $cartId, lines: $lines) { cart { ${FIELDS} } userErrors { message } } }`,
    cartLinesUpdate: `mutation cartLinesUpdate($cartId: ID!, $lines: [CartLineUpdateInput!]!) { cartLinesUpdate(cartId: $cartId, lines: $lines) { cart { ${FIELDS} } userErrors { message } } }`,
    cartLinesRemove: `mutation cartLinesRemove($cartId: ID!, $lineIds: [ID!]!) { cartLinesRemove(cartId: $cartId, lineIds: $lineIds) { cart { id totalQuantity } userErrors { message } } }`,
    cartBuyerIdentityUpdate: `mutation cartBuyerIdentityUpdate($cartId: ID!, $buyerIdentity: CartBuyerIdentityInput!) { cartBuyerIdentityUpdate(cartId: $cartId, buyerIdentity: $buyerIdentity) { cart { id } } }`,
    checkoutComplete: `mutation checkoutComplete($cartId: ID!) { checkoutComplete(cartId: $cartId) { order { name statusUrl } } }`,
  };
  const CART = `query cart($cartId: ID!) { cart(id: $cartId) { ${FIELDS} } }`;

  const ask = async (operationName, query, variables) => {
    const answer = await fetch(`/graphql?operation=${operationName}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Storefront-Access-Token': 'public' },
      body: JSON.stringify({ operationName, query, variables }),
    });
    const { data } = await answer.json();
    return data[operationName];
  };
  const mutate = (name, variables) => ask(name, MUTATIONS[name], { cartId: localStorage.getItem('bag_id'), ...variables });

  const money = ({ amount, currencyCode }) => new Intl.NumberFormat('en-US', { style: 'currency', currency: currencyCode }).format(amount);
  const escape = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt()};`);

  const show = (cart) => {
    document.querySelector('.bag').textContent = cart?.totalQuantity ? `Bag (${cart.totalQuantity})` : 'Bag';
    document.querySelector('.drawer').innerHTML = cart?.lines.edges.length
      ? `<ul>${cart.lines.edges.map(({ node: { id, quantity, cost, merchandise } }) => `<li data-line="${id}">
          <a href="/products/${merchandise.product.handle}">${escape(merchandise.product.title)}</a> <small>${merchandise.title === 'Default Title' ? '' : escape(merchandise.title)}</small>
          <button type="button" data-more="${quantity + 1}" data-sku="${merchandise.sku}">+</button> <output>${quantity}</output>
          <button type="button" data-remove data-sku="${merchandise.sku}">Remove</button> <span>${money(cost.totalAmount)}</span></li>`).join('')}</ul>
         <p>Subtotal ${money(cart.cost.subtotalAmount)}</p><a class="to-checkout" href="/checkouts/c1">Check out</a>`
      : '<p>Your bag is empty</p>';
    document.body.dataset.pieces = cart?.totalQuantity ?? 0;
  };

  const refetch = async () => {
    const cartId = localStorage.getItem('bag_id');
    show(cartId && (await ask('cart', CART, { cartId })));
  };

  document.addEventListener('click', async ({ target }) => {
    const { add, more } = target.dataset;
    const line = target.closest('[data-line]')?.dataset.line;
    if (add && localStorage.getItem('bag_id')) show((await mutate('cartLinesAdd', { lines: [{ merchandiseId: add, quantity: 1 }] })).cart);
    else if (add) {
      const { cart } = await mutate('cartCreate', { lines: [{ merchandiseId: add, quantity: 1 }] });
      localStorage.setItem('bag_id', cart.id);
      show(cart);
    } else if (more) show((await mutate('cartLinesUpdate', { lines: [{ id: line, quantity: Number(more) }] })).cart);
    else if ('remove' in target.dataset) {
      // The answer names the cart and the number of pieces only.
      await mutate('cartLinesRemove', { lineIds: [line] });
      await refetch();
    }
  });

  document.querySelector('.checkout')?.addEventListener('submit', async (event) => {
    event.preventDefault();
    const { email } = event.target;
    await mutate('cartBuyerIdentityUpdate', { buyerIdentity: { email: email.value } });
    const { order } = await mutate('checkoutComplete', {});
    localStorage.removeItem('bag_id');
    location.assign(order.statusUrl);
  });
  refetch();
})();
