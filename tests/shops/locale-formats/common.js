// The script of the shop of many countries: every form is sent by request, then the cart's pieces of HTML are fetched.
'use strict';
(() => {
  const ask = (method, address, body, then) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    request.onload = () => then(request.responseText);
    if (body) request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
    request.send(body);
  };
  const load = (selector, address) => {
    const place = document.querySelector(selector);
    if (place) ask('GET', address, null, (html) => {
      place.innerHTML = html;
      document.body.dataset.loaded = String(Number(document.body.dataset.loaded || 0) + 1);
    });
  };

  // Answers say only that it worked; what the cart is now is asked for.
  const changed = (text) => {
    const { success, error } = JSON.parse(text);
    if (error) document.querySelector('.error').textContent = error;
    if (!success) return;
    load('#header-cart', '/index.php?route=common/cart.info');
    load('#shopping-cart', '/index.php?route=checkout/cart.list');
  };

  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.matches('#form-register')) {
      event.preventDefault();
      ask('POST', '/index.php?route=checkout/register.save', new URLSearchParams(new FormData(form)).toString(), () => (document.querySelector('#confirm').hidden = false));
    } else if (form.dataset.load) {
      event.preventDefault();
      ask('POST', form.dataset.load, new URLSearchParams(new FormData(form)).toString(), changed);
    }
  });
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-remove]');
    if (link) {
      event.preventDefault();
      ask('GET', link.href, null, changed);
    } else if (event.target.closest('#button-confirm')) {
      ask('GET', '/index.php?route=payment/cod.confirm', null, (text) => location.assign(JSON.parse(text).redirect));
    }
  });
})();
