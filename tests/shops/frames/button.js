// The script of the shop in frames: a button for each product and one drawer, each drawn into a frame without an address.
'use strict';
(() => {
  const ask = async (body) => {
    const answer = await fetch('/api/2026-04/graphql', { method: 'POST', body: JSON.stringify(body) });
    return (await answer.json()).d;
  };

  const frame = (parent, title) => {
    const added = document.createElement('iframe');
    added.title = title;
    parent.append(added);
    return added;
  };

  const drawer = frame(document.querySelector('aside'), 'Cart');
  const drawing = '<svg width="9" height="9"><g data-name="Layer 1"><path data-name="Icon – Close" d="M0 0h9v9"></path></g></svg>';
  const line = ([place, quantity, name, option, sum]) =>
    `<div class="cart-item" role="listitem" data-line="${place}">${drawing}<span class="item-title">${name}</span> <span class="variant">${option}</span>
    <button class="less">−</button> <input class="quantity" type="number" value="${quantity}"> <button class="more">+</button>
    <ul><li>Discount: $0.50</li></ul> <span class="price-and-discounts">${sum}</span> <button class="none">Remove</button></div>`;
  const show = ({ r, s, n }) => {
    drawer.contentDocument.body.innerHTML = `<h2>Cart</h2><div class="cart-scroll">${
      r.length ? `<div role="list">${r.map(line).join('')}</div><p>Subtotal <b>${s}</b></p><button class="pay">Checkout</button>` : '<p>You haven’t added anything yet.</p>'
    }</div>`;
    document.body.dataset.pieces = n;
  };

  drawer.contentDocument.addEventListener('click', async ({ target }) => {
    if (target.className === 'pay') location.assign('/pay');
    const row = target.closest('[data-line]');
    const change = { less: -1, more: 1, none: -1e4 }[target.className];
    if (row && change) show(await ask({ line: Number(row.dataset.line), to: Math.max(0, Number(row.querySelector('input').value) + change) }));
  });

  for (const place of document.querySelectorAll('.buy')) {
    const button = frame(place, 'Add to cart');
    button.dataset.add = place.dataset.choice;
    button.contentDocument.body.innerHTML = '<button>Add to cart</button>';
    button.contentDocument.addEventListener('click', async ({ target }) => target.localName === 'button' && show(await ask({ add: Number(place.dataset.choice) })));
  }
  ask({}).then(show);
})();
