// The step's hands: feeds it signals, keeps its state, carries its effects out and sends what waits.
const { io } = cartwake;

// The state's two texts: one shared by all tabs through the storage, one of this page.
let kept = '';
let page = '';
// Whether the shared text stands in the storage (and not only here, where storage is blocked or not permitted).
let stored;
let module;
let sending;
let again;
let flight;
let timer;

/**
 * Compiles the module; the bytes must be those whose hash the settings name.
 *
 * The module is wasm-bindgen's, but the glue it writes for one function over bytes is three times these lines. The build
 * keeps three exports (memory, malloc, step), so nothing is imported; and the module starts its memory anew with every
 * step, so nothing is given back.
 */
export const start = async ({ wasm, wasm_integrity }) => {
  const answer = await fetch(io.origin + wasm, { integrity: wasm_integrity });
  module = (await WebAssembly.instantiate(await answer.arrayBuffer())).instance.exports;
};

const step = (text) => {
  const bytes = new TextEncoder().encode(text);
  const { length } = bytes;
  const at = module.__wbindgen_malloc(length, 1);
  new Uint8Array(module.memory.buffer).set(bytes, at);
  // The step may grow the memory, which gives it a new buffer.
  const answer = module.step(at, length);
  return new TextDecoder().decode(new Uint8Array(module.memory.buffer, ...answer));
};

/** A text of the page as a field: no control characters, nothing that is not a plain value. */
export const clean = (value) =>
  /^(string|number|bigint)$/.test(typeof value) ? `${value}`.slice(0, 500).replace(/[\0-\x1f]+/g, ' ').trim() : '';

/** Tells the step what happened, and does what it answers. */
export const tell = (kind, fields = [], rows = []) => {
  const text = io.get();
  // Another tab wrote, or wiped: its word counts.
  if (text || stored) kept = text || '';
  stored = text;
  const random = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte % 32).toString(32)).join('');
  const signal = [[kind, Date.now(), random, ...fields], ...rows].map((row) => row.map(clean).join('\x1f')).join('\x1e');
  const [first, second, ...todo] = step([kept, page, signal].join('\x1d')).split('\x1d');
  kept = first;
  page = second;
  for (const line of todo) {
    const [name, ...values] = line.split('\x1f');
    effects[name](...values);
  }
};

const effects = {
  k: () => (stored = io.set(kept)),
  w: () => (stored = io.set()),
  d() {
    effects.k();
    drain();
  },
  t(wait) {
    effects.k();
    clearTimeout(timer);
    timer = setTimeout(drain, wait);
  },
  n: (why) => io.log('held back:', why),
  m: (visitor) => {
    flight = io.boot(visitor).then(({ session }) => session, () => '').then((session) => tell('s', [session]));
  },
  s: (id, body) => {
    io.log('sent', body);
    flight = io
      .post(body)
      .then(({ status, headers }) => [status, +headers.get('retry-after') || 0], () => [0])
      .then((answer) => {
        io.log('answered', answer[0]);
        tell('a', [id, ...answer]);
      });
  },
};

// One tab sends, one event at a time.
const send = async (lock) => {
  if (lock === null) {
    // Another tab is at it and takes ours along, unless it has just looked for the last time.
    effects.t(2000);
    return;
  }
  while (again) {
    again = 0;
    tell('n');
    await flight;
    flight = 0;
  }
};

/** Sends what waits. */
export const drain = async () => {
  again = 1;
  if (sending) return;
  sending = 1;
  try {
    await (navigator.locks ? navigator.locks.request('cartwake', { ifAvailable: true }, send) : send());
  } catch (error) {
    io.log(error);
  }
  sending = 0;
};

/** The page goes: no time for a lock, and a doubled event counts once. */
export const leave = () => flight || tell('n');
