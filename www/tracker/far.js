// Far: the step run by the Worker, where the page forbids wasm.
import { io } from './io.js';

io.far([
  // Nobody asks before permission.
  (body) => fetch(`${io.origin}/v1/step?site=${io.site}`, { method: 'POST', body: fitting(body), keepalive: true, signal: AbortSignal.timeout?.(2e4) }).then((answer) => answer.json()),
  // What is not to leave before an address is known waits on this page.
  ({ n, said, queue }, kind, text, signed) =>
    io.settings.capture == 'identified' && n[0] < 3 && /[ceilno]/.test(kind) && !n[10] && !said.via &&
    !(kind == 'e' ? /@./.test(text) : kind == 'i' ? signed : kind == 'n' && queue[0]?.cart < n[1]),
]);

// The Worker takes 8 KB of a step. Where a cart is longer, the addresses of page and picture stay here (they tell no line from
// another), and then the rows that are known longest, which come last.
function fitting(body) {
  const rows = body.split('\n');
  const isLong = () => new TextEncoder().encode(rows.join('\n')).length > 8192;
  if (isLong()) {
    // The first two rows are the numbers and the signal.
    for (let place = 2; place < rows.length; place++) rows[place] = rows[place].replace(/^((?:[^\t]*\t){5})[^\t]*\t[^\t]*/, '$1\t');
  }
  while (isLong()) rows.pop();
  return rows.join('\n');
}
