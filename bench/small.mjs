/** Measures the fixed time of a call, on a small shape, and whether calls leave memory behind. */
import { createDetectionLoss } from 'detloss';
import { Bench } from 'tinybench';
import { makeProblem, SMALL } from './shapes.mjs';

const TIME = { time: 2000, warmupTime: 500 };
const CALLS = 20_000;

/**
 * Runs the benchmark, which needs node --expose-gc.
 *
 * @returns {Promise<import('./lib/table.mjs').Finding[]>}
 */
export async function bench() {
  const { numClasses, regMax, strides, imageSize, targets: count } = SMALL;
  const config = {
    numClasses,
    regMax,
    strides,
    backend: /** @type {const} */ ('wasm'),
    threads: 1,
  };
  const criterion = await createDetectionLoss(config);
  const { feats, targets } = makeProblem(SMALL, 'nchw');
  const { grads: out } = criterion.valueAndGradSync(feats, targets);
  const run = () => void criterion.valueAndGradSync(feats, targets, { out });
  const timing = new Bench(TIME).add('valueAndGradSync', run);
  timing.runSync();
  const [{ result }] = timing.tasks;
  if (result.state !== 'completed') throw new Error(`small: the timing ended as ${result.state}`);

  const before = liveBytes();
  for (let i = 0; i < CALLS; i++) run();
  const grown = liveBytes() - before;
  return [
    {
      title: `One ${imageSize}×${imageSize} image, ${count} targets: valueAndGradSync, out reused`,
      columns: [
        { key: 'us', label: 'µs a call', digits: 1 },
        { key: 'us99', label: '99th percentile, µs', digits: 1 },
        { key: 'calls', label: 'calls', digits: 0 },
        { key: 'grownKB', label: 'heap growth over them, kB', digits: 1 },
      ],
      rows: [
        {
          us: result.latency.p50 * 1000,
          us99: result.latency.p99 * 1000,
          calls: CALLS,
          grownKB: grown / 1000,
        },
      ],
      notes: ['heap: after a garbage collection, including array buffers and WASM memory'],
    },
  ];
}

function liveBytes() {
  if (!globalThis.gc) throw new Error('small: needs node --expose-gc');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
