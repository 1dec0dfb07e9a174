/**
 * Computes the loss of one batch on N workers, each with some of its images, and compares items and gradients with those of
 * the whole batch. `reduceNormalizer` sums over the workers; any sum of a number between machines will do.
 *
 *   npm run build && node examples/data-parallel/index.mjs          prints a table
 *   node examples/data-parallel/index.mjs --json                    prints JSON
 */
import { MessageChannel, Worker } from 'node:worker_threads';
import { createDetectionLoss } from 'detloss';
import { serveSums } from './all-reduce.mjs';
import { splitBatch } from './split-batch.mjs';

/** @typedef {import('./split-batch.mjs').Batch} Batch */
/** @typedef {{ items: Record<string, number>, grads: import('detloss').Tensor[] }} Part */

const IMAGES = 8;
const CLASSES = 20;
const STRIDES = [8, 16, 32];
const IMAGE_SIZE = 160;
const TARGETS = 30;
const config = { numClasses: CLASSES, backend: /** @type {const} */ ('wasm') };
/** Images of each worker: even and uneven, and a worker without any. */
const SPLITS = [
  [8],
  [5, 3],
  [1, 6, 1],
  [2, 2, 2, 2],
  [3, 0, 1, 3, 1],
  [1, 2, 1, 2, 1, 1],
  [2, 1, 1, 1, 1, 1, 1],
  [1, 1, 1, 1, 1, 1, 1, 1],
];

const batch = randomBatch();
const criterion = await createDetectionLoss(config);
const whole = await criterion.valueAndGrad(batch.feats, batch.targets);
criterion.dispose();

const rows = [];
for (const sizes of SPLITS) {
  const parts = await runWorkers(splitBatch(batch, sizes));
  rows.push({
    workers: sizes.length,
    images: sizes.join(' + '),
    'error of items': errorOfItems(parts),
    'error of gradients': errorOfGradients(parts),
  });
}
if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
else console.table(rows);

/**
 * @param {Batch[]} shards one per worker
 * @returns {Promise<Part[]>}
 */
async function runWorkers(shards) {
  const channels = shards.map(() => new MessageChannel());
  serveSums(channels.map(({ port1 }) => port1));
  const workers = shards.map((shard, i) => {
    const port = channels[i].port2;
    return new Worker(new URL('worker.mjs', import.meta.url), {
      workerData: { config, shard, batch: IMAGES, port },
      transferList: [port],
    });
  });
  try {
    // If a worker fails, the others would wait for its part of the sum: all are ended
    return await Promise.all(workers.map(answerOf));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
    for (const { port1 } of channels) port1.close();
  }
}

/**
 * @param {Worker} worker
 * @returns {Promise<Part>}
 */
function answerOf(worker) {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/**
 * Error of the parts' summed items, relative to the whole batch's items.
 *
 * @param {Part[]} parts
 */
function errorOfItems(parts) {
  const errors = Object.entries(whole.items).map(([name, item]) => {
    const sum = parts.reduce((total, { items }) => total + items[name], 0);
    return Math.abs(sum - item) / item;
  });
  return Math.max(...errors);
}

/**
 * Relative L2 error of the parts' gradients, concatenated, against the whole batch's.
 *
 * @param {Part[]} parts
 */
function errorOfGradients(parts) {
  const withImages = parts.filter(({ grads }) => grads.length > 0);
  let [difference, norm] = [0, 0];
  whole.grads.forEach(({ data }, level) => {
    const joined = withImages.flatMap(({ grads }) => [...grads[level].data]);
    joined.forEach((value, i) => {
      difference += (value - data[i]) ** 2;
      norm += data[i] ** 2;
    });
  });
  return Math.sqrt(difference / norm);
}

/** @returns {Batch} raw head outputs of an untrained detector, and targets of any size */
function randomBatch() {
  const random = uniforms(1);
  const feats = STRIDES.map((stride) => {
    const shape = [IMAGES, 64 + CLASSES, IMAGE_SIZE / stride, IMAGE_SIZE / stride];
    const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
    return { data: data.map(() => 4 * random() - 3), shape };
  });
  const between = (/** @type {number} */ low, /** @type {number} */ high) =>
    low + (high - low) * random();
  return {
    feats,
    targets: {
      batchIdx: Array.from({ length: TARGETS }, () => Math.floor(between(0, IMAGES))),
      cls: Array.from({ length: TARGETS }, () => Math.floor(between(0, CLASSES))),
      bboxes: Array.from({ length: 4 * TARGETS }, (_, i) =>
        i % 4 < 2 ? between(0.2, 0.8) : between(0.1, 0.6),
      ),
    },
  };
}

/**
 * Random numbers from 0 to 1, the same on every run (mulberry32).
 *
 * @param {number} seed
 */
function uniforms(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
