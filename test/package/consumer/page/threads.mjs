/**
 * Shows in <output> how many threads a criterion of two has in this page, its total, and how often the page's main
 * thread tried to sleep. With `?file` in the address, the threads' script is the package's worker.js.
 */
const DIST = new URL('../node_modules/detloss/dist/', import.meta.url);

let sleeps = 0;
const { wait } = Atomics;
Atomics.wait = /** @type {typeof wait} */ (
  (...given) => {
    sleeps++;
    return wait(.../** @type {Parameters<typeof wait>} */ (given));
  }
);

/** @type {typeof import('../../../../src/index.ts')} */
const { createDetectionLoss } = await import(new URL('index.js', DIST).href);
const { config, feats, targets } = await (await fetch('../problem.json')).json();
const worker = location.search === '?file' ? new URL('worker.js', DIST) : undefined;
const criterion = await createDetectionLoss({ ...config, threads: 2, worker });
const own = feats.map((/** @type {{ data: number[], shape: number[] }} */ { data, shape }) => {
  const tensor = criterion.allocate(shape);
  tensor.data.set(data);
  return tensor;
});
const { total } = await criterion.valueAndGrad(own, targets);
const { threads } = criterion;
const isShared = own[0].data.buffer.constructor.name === 'SharedArrayBuffer';
criterion.dispose();
const [output] = document.getElementsByTagName('output');
output.value = JSON.stringify({ threads, total, isShared, sleeps });
