// Orders: tells a confirmation page from every other, where no event and no markup says so. Pure.

const DONE = /received|erhalten|confirm|success|placed|thank|danke|merci|gracias|grazie|bedankt|dzi[eę]k|obrigad|\btack\b|takk|kiitos|teşekk|спасибо|ありがとう|谢谢|شكر/i;
// A date or an amount behind the word is no number of an order.
const NUMBER = /(?:confirm|order|bestell|commande|pedido|ordin|zam|encomenda|objedn|rendel|tilau|sipari|заказ|注文|订单|طلب)[^\d.!?&]{0,24}?((?:[A-Z]+-?)?\d[\w-]*)(?![\w-]|[.,/]\d)/i;

// Some shops call an order by letters alone.
const REFERENCE = /[Rr]ef\w*\W{1,3}([A-Z\d]{6,12})\b/;

/** The number of the order that a page confirms by its address or heading, and by naming it; nothing on other pages. */
export const orderIn = (page, address) => {
  const headings = [...page.querySelectorAll('h1,h2,title')].map(({ textContent }) => textContent);
  if (!DONE.test(address + headings)) return;
  const text = page.body.innerText;
  return (REFERENCE.exec(text) || NUMBER.exec(text) || NUMBER.exec(address))?.[1];
};
