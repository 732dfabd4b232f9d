// The script of the shop of web components: a bag in an open shadow root, a sign that is drawn again and again.
'use strict';
(() => {
  const ask = async (body) => {
    const answer = await fetch('/s/12/b', body && { method: 'POST', body: new URLSearchParams(body) });
    return answer.json();
  };

  customElements.define('shop-bag', class extends HTMLElement {
    async connectedCallback() {
      this.attachShadow({ mode: 'open' }).innerHTML = '<p>…</p>';
      this.shadowRoot.addEventListener('click', async ({ target }) => target.dataset.to && this.draw(await ask({ nr: target.dataset.nr, to: target.dataset.to })));
      // The page is there long before the bag is.
      const rows = await ask();
      setTimeout(() => this.draw(rows), 400);
    }

    draw({ rows, sum, pieces }) {
      const line = ([nr, count, name, option, amount]) =>
        `<li class="flex py-3"><div class="relative"><span>${count}</span></div><div><div>${name}</div><div class="options">${option}</div></div><div>${amount}</div><div><button data-nr="${nr}" data-to="${count + 1}">+</button><button data-nr="${nr}" data-to="0">Ta bort</button></div></li>`;
      this.shadowRoot.innerHTML = rows.length ? `<section><h2>Din varukorg</h2><ul>${rows.map(line).join('')}</ul><p>Summa: ${sum}</p><a href="/s/12/p">Till kassan</a></section>` : '<p>Varukorgen är tom</p>';
      document.body.dataset.pieces = pieces;
    }
  });

  const bag = document.querySelector('shop-bag');
  document.addEventListener('click', async ({ target }) => {
    if (!target.dataset.add) return;
    const answer = await ask({ nr: target.dataset.add, to: '+1' });
    // What needs a choice is answered with 200 and changes nothing.
    if (!answer.error) bag.draw(answer);
  });

  // The address goes to the server once the field is left.
  document.querySelector('#post')?.addEventListener('blur', ({ target }) => fetch('/s/12/batch', { method: 'POST', body: JSON.stringify({ calls: [{ set: 'post', to: target.value }] }) }));

  // A part of the page that never stops being rendered, as some banners and countdowns are.
  const sign = document.querySelector('time');
  setInterval(() => sign.replaceChildren('Öppet till 18'), 100);
})();
