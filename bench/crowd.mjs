/** Measures the time, and the memory of the whole process, that thousands of targets in one image need. */
import { createDetectionLoss } from 'detloss';
import { median, timeInTurns } from './lib/measure.mjs';
import { CROWD, makeProblem } from './shapes.mjs';

const TIME = { ms: 3000, warmupMs: 0 };

/** @returns {Promise<import('./lib/table.mjs').Finding[]>} */
export async function bench() {
  const { numClasses, regMax, strides, targets: count } = CROWD;
  const config = {
    numClasses,
    regMax,
    strides,
    backend: /** @type {const} */ ('wasm'),
    threads: 1,
  };
  const criterion = await createDetectionLoss(config);
  const { feats, targets } = makeProblem(CROWD, 'nchw');
  const before = peakMegabytes();
  const start = performance.now();
  const { grads: out } = criterion.valueAndGradSync(feats, targets);
  const firstMs = performance.now() - start;
  const run = () => criterion.valueAndGradSync(feats, targets, { out });
  const ms = median((await timeInTurns([run], TIME))[0]);
  const grownMB = peakMegabytes() - before;
  return [
    {
      title: 'Many targets in one image: valueAndGrad',
      columns: [
        { key: 'targets', label: 'targets', digits: 0 },
        { key: 'firstMs', label: 'first call, ms', digits: 1 },
        { key: 'ms', label: 'then, ms', digits: 1 },
        { key: 'grownMB', label: 'memory grown, MB', digits: 1 },
      ],
      rows: [{ targets: count, firstMs, ms, grownMB }],
      notes: [
        "memory: the process's largest resident set; the gradients of the first call are in it",
      ],
    },
  ];
}

function peakMegabytes() {
  return process.resourceUsage().maxRSS / 1000;
}
