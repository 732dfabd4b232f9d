// Orders: tells a confirmation page from every other, where no event and no markup says so. Pure.

/** Words of a page's address or headings where something is done; a request to do it (`Confirm your order`) is none of them. */
export const DONE = /received|erhalten|confirm(ed|a[dtcç]|é)|success|placed|thank|danke?|merci|gracias|grazie|bedankt|dzi[eę]k|obrigad|\btack\b|takk|kiitos|teşekk|\/complete\b|abgeschlossen|bestätigt|спасибо|ありがとう|谢谢|شكر/i;
// A date or an amount behind the word is no number of an order, nor is how many pieces it has.
const NUMBER = /(?:confirm|order|bestell|commande|pedido|ordin|zam|encomenda|objedn|rendel|tilau|sipari|заказ|注文|订单|طلب)[^\d.!?&]{0,24}?(?:\bn[or.ú]?m?\.\s*)?((?:[A-Z]+-?)?\d[\w-]*)(?![\w-]|[.,/]\d+\b|\s?(?:items?|pcs|pieces|artikel|articles?|prod\w+|art[ií]c\w+|шт|点)\b)/i;
// Some shops call an order by letters alone.
const REFERENCE = /[Rr]ef\w*\W{1,3}([A-Z\d]{6,12})\b/;
// The paper of an order, where its number stands in a link alone.
const PAPER = /(?:invoice|receipt|rechnung|factur|fattur|faktur)[^\d?#]{0,12}?\b([A-Z]*-?\d[\w-]*)/i;
// What still asks to order or to pay.
const ASKS = /place.{0,9}order|complete.{0,9}(order|purchase)|confirm.{0,9}(order|purchase)|pay (now|with|\p{Sc}?\d)|kaufen|zahlungspflichtig|passer.{0,9}commande|payer|comprar|realizar.{0,9}pedido|pagar|acquista|paga ora|ordina ora|kup i zap|zamawiam|bestelling plaatsen|betalen|оформить заказ|оплатить|注文を確定|تأكيد الطلب/iu;

// Words for what was ordered, in a heading.
const BOUGHT = /order|purchase|bestell|einkauf|commande|achat|pedido|compra|ordin|acquist|zam[oó]w|zakup|encomenda|заказ|注文|订单|طلب/i;

const texts = (page, selector) => [...page.querySelectorAll(selector)].map(({ value = '', textContent }) => value + textContent);
const asks = (page) => texts(page, 'button,[type=submit]').some((button) => ASKS.test(button));

/** The number of the order that a page confirms by its address or heading, and by naming it; nothing on other pages. */
export const orderIn = (page, address) => {
  if (!DONE.test(address + texts(page, 'h1,h2,title')) || asks(page)) return;
  const text = page.body.innerText;
  return (REFERENCE.exec(text) || NUMBER.exec(text) || NUMBER.exec(address) || PAPER.exec([...page.querySelectorAll('a')].map(({ href }) => href)))?.[1];
};

/** Whether a heading says that an order is done, whatever its number: what such a page lists was bought. */
export const isThanks = (page) => texts(page, 'h1,h2').some((heading) => DONE.test(heading) && BOUGHT.test(heading)) && !asks(page);
