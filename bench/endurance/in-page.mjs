/** Runs the work of work.mjs in a page until it is stopped. The caller samples memory from outside. */
import { watchMemory, work } from './work.mjs';

/** @type {ReturnType<typeof watchMemory>} */
let watch;
let calls = 0;
let isOver = false;
/** @type {Promise<void>} */
let working;

export async function start() {
  const adapter = await navigator.gpu.requestAdapter();
  const device = adapter && (await adapter.requestDevice());
  watch = watchMemory(device);
  working = work(device, (call) => {
    calls = call;
    return !isOver;
  });
}

export function sample() {
  const { memory } = /** @type {Performance & { memory: { usedJSHeapSize: number } }} */ (
    performance
  );
  return { calls, heap: memory.usedJSHeapSize, ...watch() };
}

export async function stop() {
  isOver = true;
  await working;
}
