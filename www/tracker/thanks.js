// Thanks: which order a page confirms; loaded once a page's address or headings speak of one that is done.
import { isThanks, orderIn } from './orders.js';
import { io } from './io.js';

/**
 * Tells the order that this page confirms, once; `total` is what the page shows as such.
 *
 * Gives a cart without lines where it has a number, 0 where the page only thanks for an order (its lines are no cart, but the
 * shop's own cart has to be asked), and nothing on other pages.
 */
io.confirmed = (order, total) => {
  const id = order?.id || orderIn(document, location.href);
  if (!id) return isThanks(document) ? 0 : undefined;
  if (io.known != id) io.ordered({ id: (io.known = id), total: order?.total || total, currency: order?.currency });
  return { lines: [] };
};
io.glance();
