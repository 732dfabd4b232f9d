// What the benchmark does on every page, the same for each tracker; `tellCart` is the tracker's own way to say a cart.
const drive = {
  longTasks: 0,
  shift: 0,

  // Key by key as a browser tells it; gives microseconds of synchronous work a key: the best of some batches, since whatever
  // else the machine does only ever adds to it.
  keystrokes(selector, count, batches) {
    const field = document.querySelector(selector);
    field.focus();
    const batch = () => {
      const began = performance.now();
      for (let place = 0; place < count; place++) {
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true, composed: true }));
        field.value = 'a'.repeat(1 + (place % 12));
        field.dispatchEvent(new InputEvent('input', { data: 'a', bubbles: true, composed: true }));
        field.dispatchEvent(new KeyboardEvent('keyup', { key: 'a', bubbles: true, composed: true }));
      }
      return ((performance.now() - began) / count) * 1000;
    };
    return Math.min(...Array.from({ length: batches }, batch));
  },

  // One change of the cart a frame, so that a tracker may do its own work in between; what it costs is read from outside.
  async carts(count) {
    for (let place = 0; place < count; place++) {
      window.tellCart?.(place + 2);
      await new Promise(requestAnimationFrame);
    }
  },

  // Compiling and instantiating again and again; gives the lower quartile in milliseconds.
  async instantiate(address, count) {
    const bytes = await (await fetch(address)).arrayBuffer();
    const times = [];
    for (let place = 0; place < count; place++) {
      const began = performance.now();
      await WebAssembly.instantiate(bytes);
      times.push(performance.now() - began);
    }
    return times.sort((one, other) => one - other)[count >> 2];
  },
};

new PerformanceObserver((list) => (drive.longTasks += list.getEntries().length)).observe({ type: 'longtask', buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (drive.shift += value))).observe({ type: 'layout-shift', buffered: true });
