// The script of the shop of server actions: forms go to the page's own address, answers are rows of components.
'use strict';
(() => {
  const app = document.querySelector('#app');

  // ["$", type, properties, ...children] as an element.
  const build = (node) => {
    if (!Array.isArray(node)) return document.createTextNode(node);
    const [, type, properties, ...children] = node;
    const element = document.createElement(type);
    for (const [name, value] of Object.entries(properties)) element.setAttribute(name, value);
    element.append(...children.map(build));
    return element;
  };

  // Rows come as they are ready: `<number>:<JSON>`; the row that begins with 0 says which one is the tree.
  const render = async (answer) => {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      text += value;
    }
    const rows = Object.fromEntries(text.trim().split('\n').map((row) => [row.slice(0, row.indexOf(':')), JSON.parse(row.slice(row.indexOf(':') + 1))]));
    if (rows[0].redirect) return go(rows[0].redirect);
    const tree = rows[rows[0].tree.slice(1)];
    app.replaceChildren(...tree.map(build));
    document.body.dataset.drawn = String(Number(document.body.dataset.drawn || 0) + 1);
  };

  const go = async (address) => {
    const answer = await fetch(`${address}${address.includes('?') ? '&' : '?'}_rsc=1`, { headers: { RSC: '1' } });
    history.pushState({}, '', address);
    await render(answer);
  };

  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="/"]');
    if (!link) return;
    event.preventDefault();
    go(link.getAttribute('href'));
  });

  document.addEventListener('submit', async (event) => {
    event.preventDefault();
    const form = event.target;
    const body = new FormData(form, event.submitter);
    await render(await fetch(location.href, { method: 'POST', headers: { 'Next-Action': form.dataset.action, Accept: 'text/x-component' }, body }));
  });

  addEventListener('popstate', () => fetch(`${location.pathname}?_rsc=1`, { headers: { RSC: '1' } }).then(render));
})();
