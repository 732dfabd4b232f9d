// Far: the step run by the Worker, where the page forbids wasm.
import { io } from './io.js';

io.far([
  // Nobody asks before permission.
  (body) => fetch(`${io.origin}/v1/step?site=${io.site}`, { method: 'POST', body, keepalive: true, signal: AbortSignal.timeout?.(2e4) }).then((answer) => answer.json()),
  // What is not to leave before an address is known waits on this page.
  ({ n, said, queue }, kind, text, signed) =>
    io.settings.capture == 'identified' && n[0] < 3 && /[ceilno]/.test(kind) && !n[10] && !said.via &&
    !(kind == 'e' ? /@./.test(text) : kind == 'i' ? signed : kind == 'n' && queue[0]?.cart < n[1]),
]);
