// Orders: tells a confirmation page from every other, where no event and no markup says so. Pure.

const DONE = /received|erhalten|confirm|success|placed|thank|danke|merci|gracias|grazie|bedankt|dzi[eę]k|obrigad|спасибо|ありがとう|谢谢|شكر/i;
// A date or an amount behind the word is no number of an order.
const NUMBER = /(?:order|bestell|commande|pedido|ordin|zam|encomenda|заказ|注文|订单|طلب)[^\d.!?&]{0,40}?((?:[A-Z]+-?)?\d[\w-]*)(?![\w-]|[.,/]\d)/i;

/** The number of the order that a page confirms by its address or heading, and by naming it; nothing on other pages. */
export const orderIn = (page, address) => {
  const headings = [...page.querySelectorAll('h1,h2,title')].map(({ textContent }) => textContent);
  if (DONE.test(address + headings)) return (NUMBER.exec(address) || NUMBER.exec(page.body.textContent))?.[1];
};
