// The script of the shop of fragments: forms and links become requests whose answers replace parts of the page.
'use strict';
(() => {
  // As old libraries do it: one request object, form-encoded, the answer read from its text.
  const ask = (method, address, fields, then) => {
    const request = new XMLHttpRequest();
    request.open(method, address, true);
    request.setRequestHeader('X-Requested-With', 'XMLHttpRequest');
    request.onreadystatechange = () => {
      if (request.readyState === 4 && request.status === 200) then(request.responseText);
    };
    if (fields) request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded; charset=UTF-8');
    request.send(fields ? new URLSearchParams(fields).toString() : null);
  };

  const place = (fragments) => {
    for (const [selector, html] of Object.entries(fragments))
      for (const element of document.querySelectorAll(selector)) element.outerHTML = html;
  };

  const added = (text) => {
    const { fragments, basket_hash } = JSON.parse(text);
    place(fragments);
    sessionStorage.setItem('basket_fragments', JSON.stringify(fragments));
    sessionStorage.setItem('basket_hash', basket_hash);
    document.body.dataset.added = String(Number(document.body.dataset.added || 0) + 1);
  };

  // The basket page comes back whole; only its own part is taken, so the header keeps what it said.
  const replaced = (html) => {
    const page = new DOMParser().parseFromString(html, 'text/html');
    document.querySelector('.basket-form').replaceWith(page.querySelector('.basket-form, .basket-empty'));
    document.body.dataset.updated = '1';
  };

  document.addEventListener('click', (event) => {
    const add = event.target.closest('.ajax-add');
    const remove = event.target.closest('.basket-form a.remove');
    if (add) {
      event.preventDefault();
      const { product_id, product_sku, quantity } = add.dataset;
      ask('POST', '/?ajax=add_to_basket', { product_id, product_sku, quantity }, added);
    } else if (remove) {
      event.preventDefault();
      ask('GET', remove.href, null, replaced);
    }
  });

  document.addEventListener('submit', (event) => {
    const form = event.target;
    const fields = Object.fromEntries(new FormData(form));
    if (form.matches('.variations')) {
      event.preventDefault();
      ask('POST', '/?ajax=add_to_basket', fields, added);
    } else if (form.matches('.basket-form')) {
      event.preventDefault();
      ask('POST', '/basket/', { ...fields, update: '1' }, replaced);
    } else if (form.matches('.checkout-form')) {
      event.preventDefault();
      ask('POST', '/?ajax=checkout', fields, (text) => location.assign(JSON.parse(text).redirect));
    }
  });

  // The checkout reckons anew whenever something in it changes.
  if (document.querySelector('.checkout-form')) {
    const review = () => ask('POST', '/?ajax=review', Object.fromEntries(new FormData(document.querySelector('.checkout-form'))), (text) => place(JSON.parse(text).fragments));
    document.addEventListener('change', ({ target }) => target.closest('.checkout-form') && review());
    review();
  }
})();
