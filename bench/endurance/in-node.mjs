/** Samples memory and handles over many calls, and prints JSON on its last line: node --expose-gc in-node.mjs CALLS SAMPLES */
import { watchMemory, work } from './work.mjs';

const [calls, samples] = process.argv.slice(2).map(Number);
const { create, globals } = await import('webgpu');
Object.assign(globalThis, globals);
// Adapters and devices die with this object, so it must outlive every garbage collection
const gpu = create([]);
Object.assign(globalThis, { heldGpu: gpu });
const adapter = await gpu.requestAdapter();
const device = adapter && (await adapter.requestDevice());
if (!device) throw new Error('no WebGPU adapter: is VK_DRIVER_FILES set to a Vulkan driver?');

const watch = watchMemory(device);
/** @type {Record<string, number>[]} */
const rows = [];
const every = Math.floor(calls / samples);
let next = every;
await work(device, async (call) => {
  if (call >= next) {
    rows.push({ calls: call, ...(await sample()) });
    next += every;
  }
  return call < calls;
});
console.log(JSON.stringify(rows));
process.exit();

/** Counts handles, and bytes of memory, after a garbage collection. */
async function sample() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heap: heapUsed, handles: process.getActiveResourcesInfo().length, ...watch() };
}
