// The engine: the step as wasm, or run by the Worker where the page forbids wasm.
import { io } from './io.js';

/** Runs one step: a text gives numbers, or a promise of them; `tracker/src/step.rs` says what stands in them. */
export let run;

/** Where the page forbids wasm and the Worker runs it: whether a signal has to wait on this page (far.js). */
export let mustWait;

/**
 * Compiles the module; the bytes must be those whose hash the settings name.
 *
 * The build keeps the export of wasm-bindgen that takes two numbers and gives one, so there is no glue and nothing is
 * imported. Memory grows once, by 1 MB for the text; what is longer is cut off at its end.
 */
export const start = async ({ wasm, wasm_integrity }) => {
  try {
    const answer = await fetch(io.origin + wasm, { integrity: wasm_integrity });
    const { memory, step } = (await WebAssembly.instantiate(await answer.arrayBuffer())).instance.exports;
    const place = memory.grow(16) * 65536;
    const bytes = new Uint8Array(memory.buffer, place);
    // The module has room for so many numbers (tracker/src/exports.rs).
    run = (text) => new Float64Array(memory.buffer, step(place, new TextEncoder().encodeInto(text, bytes).written), 1024);
  } catch (error) {
    io.log(error);
    [run, mustWait] = await new Promise((go) => {
      io.far = go;
      io.load('far');
    });
  }
};
