// The script of the shop of differences: form-encoded requests, JSON that calls itself text/html, an object kept up to date.
'use strict';
(() => {
  const ask = (address, fields, then) => {
    const request = new XMLHttpRequest();
    request.open('POST', address);
    request.setRequestHeader('X-Requested-With', 'XMLHttpRequest');
    request.setRequestHeader('Accept', 'application/json, text/javascript, */*; q=0.01');
    request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded; charset=UTF-8');
    request.onload = () => then(JSON.parse(request.responseText));
    request.send(new URLSearchParams(fields));
  };

  // The shop's own emitter, which no listener of the document hears.
  const listeners = {};
  kestrel.on = (name, listener) => (listeners[name] ||= []).push(listener);
  kestrel.emit = (name, value) => (listeners[name] || []).forEach((listener) => listener(value));

  kestrel.on('updateCart', ({ resp }) => {
    kestrel.cart = resp.cart;
    ask('/index.php?fc=module&module=shoppingcart&controller=ajax', { action: 'refresh' }, ({ preview }) => {
      document.querySelector('.blockcart').outerHTML = preview;
      document.body.dataset.pieces = kestrel.cart.products_count;
    });
    if (document.body.id === 'cart')
      ask('/index.php?controller=cart&ajax=1&action=refresh', {}, ({ cart_detailed }) => (document.querySelector('.cart-overview').outerHTML = cart_detailed));
  });

  document.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-button-action=add-to-cart]');
    const step = event.target.closest('.step');
    const remove = event.target.closest('.remove-from-cart');
    if (button) {
      event.preventDefault();
      const fields = { ...Object.fromEntries(new FormData(button.form)), add: 1, action: 'update' };
      ask('/index.php?controller=cart', fields, (resp) => kestrel.emit('updateCart', { reason: { linkAction: 'add-to-cart', cart: resp.cart }, resp }));
    } else if (step) {
      // Always one more or one fewer, never what stands in the field.
      ask(step.dataset.updateUrl, { ajax: 1, qty: 1, action: 'update', op: step.dataset.op }, (resp) => kestrel.emit('updateCart', { reason: {}, resp }));
    } else if (remove) {
      event.preventDefault();
      ask(remove.href, { ajax: 1, action: 'update' }, (resp) => kestrel.emit('updateCart', { reason: { linkAction: 'delete-from-cart' }, resp }));
    }
  });

  // Another variant has another address, without a reload.
  document.querySelector('#group_1')?.addEventListener('change', ({ target }) => {
    history.pushState({}, '', `${location.pathname}#/1-size-${target.selectedOptions[0].textContent.toLowerCase()}`);
  });
})();
