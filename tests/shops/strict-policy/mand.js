// The script of the shop behind a strict policy: an interface of its own, amounts as plain numbers.
const ask = async (path, body) => {
  const answer = await fetch(path, body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return answer.json();
};
const money = (amount) => new Intl.NumberFormat('nl-NL', { style: 'currency', currency: 'EUR' }).format(amount);
const { page } = document.body.dataset;

const draw = ({ basket: { entries, grandTotal, count } }) => {
  document.body.dataset.count = count;
  if (page !== 'basket') return;
  const rows = entries.map(({ uid, article, amount, unitPrice, rowTotal }) => {
    const row = document.createElement('tr');
    const cell = (text) => row.insertCell().append(text);
    cell(`${article.title} ${article.variantLabel ?? ''}`.trim());
    cell(money(unitPrice));
    for (const [text, to] of [['+', amount + 1], ['Verwijderen', 0]]) {
      const button = document.createElement('button');
      Object.assign(button, { type: 'button', textContent: text, onclick: async () => draw(await ask('/api/winkelmand/regel', { uid, amount: to })) });
      button.dataset.key = `${article.sku} ${to}`;
      row.insertCell().append(button);
    }
    cell(money(rowTotal));
    return row;
  });
  document.querySelector('tbody').replaceChildren(...rows);
  document.querySelector('.totaal').textContent = money(grandTotal);
};

for (const button of document.querySelectorAll('[data-article]'))
  button.addEventListener('click', async () => draw(await ask('/api/winkelmand/toevoegen', { articleId: button.dataset.article, amount: 1 })));
document.querySelector('.kassa')?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { location: to } = await ask('/api/bestelling', Object.fromEntries(new FormData(event.target)));
  location.assign(to);
});
draw(await ask('/api/winkelmand'));
