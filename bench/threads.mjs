/** Measures what threads gain while the other processors are idle, and what they cost while these are busy. */
import threads from 'node:worker_threads';
import { createDetectionLoss } from 'detloss';
import { median, medianRatio, timeInTurns } from './lib/measure.mjs';
import { makeProblem, WORK_ITEM } from './shapes.mjs';

const TIME = { ms: 2500, warmupMs: 800 };
/** Repetitions of the whole measurement: the system places threads anew in each. */
const RUNS = 5;

/** Cases; ratios are relative to the first. @type {{ threads: number | 'auto', tensors: string }[]} */
const CASES = [
  { threads: 1, tensors: 'ordinary' },
  { threads: 2, tensors: 'ordinary' },
  { threads: 'auto', tensors: 'ordinary' },
  { threads: 1, tensors: 'allocated' },
  { threads: 2, tensors: 'allocated' },
  { threads: 'auto', tensors: 'allocated' },
];

/** @returns {Promise<import('./lib/table.mjs').Finding[]>} */
export async function bench() {
  const works = await Promise.all(CASES.map(prepare));
  const idle = await ratiosOf(works);
  const loop = new threads.Worker('for (;;);', { eval: true });
  await new Promise((resolve) => loop.once('online', resolve));
  const busy = await ratiosOf(works);
  await loop.terminate();
  const { batch, imageSize } = WORK_ITEM;
  return [
    {
      title: `valueAndGrad into out, relative to one thread on ordinary arrays, measured alternately, ${RUNS} runs`,
      subject: `batch ${batch}, ${imageSize}×${imageSize}`,
      columns: [
        { key: 'threads', label: 'threads' },
        { key: 'tensors', label: 'tensors' },
        { key: 'idleMs', label: 'idle: ms', digits: 1 },
        { key: 'idle', label: 'ratio' },
        { key: 'busyMs', label: 'one processor busy: ms', digits: 1 },
        { key: 'busy', label: 'ratio' },
      ],
      rows: CASES.map(({ threads, tensors }, i) => ({
        threads: String(threads),
        runs: RUNS,
        tensors,
        idleMs: median(idle.map((run) => run[i].ms)),
        idle: rangeOf(idle.map((run) => run[i].ratio)),
        busyMs: median(busy.map((run) => run[i].ms)),
        busy: rangeOf(busy.map((run) => run[i].ratio)),
      })),
      notes: [
        'Ratios: median of the runs, least and largest in brackets. An endless loop in a worker keeps a processor busy.',
      ],
    },
  ];
}

/** @param {(() => unknown)[]} works */
async function ratiosOf(works) {
  const runs = [];
  for (let run = 0; run < RUNS; run++) {
    const times = await timeInTurns(works, TIME);
    runs.push(
      times.map((own) => ({
        ms: median(own),
        ratio: medianRatio(own, times[0]),
      })),
    );
  }
  return runs;
}

/** @param {number[]} ratios */
function rangeOf(ratios) {
  const [middle, least, most] = [median(ratios), Math.min(...ratios), Math.max(...ratios)];
  return `${middle.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;
}

/** @param {typeof CASES[number]} own */
async function prepare({ threads, tensors }) {
  const { numClasses, regMax, strides } = WORK_ITEM;
  const backend = /** @type {const} */ ('wasm');
  const criterion = await createDetectionLoss({ numClasses, regMax, strides, backend, threads });
  const { feats, targets } = makeProblem(WORK_ITEM, 'nchw');
  const placed = feats.map((tensor) => {
    if (tensors === 'ordinary') return tensor;
    const copy = criterion.allocate(tensor.shape);
    copy.data.set(tensor.data);
    return copy;
  });
  const out = feats.map(({ shape, data: { length } }) =>
    tensors === 'ordinary' ? { data: new Float32Array(length), shape } : criterion.allocate(shape),
  );
  return () => criterion.valueAndGrad(placed, targets, { out });
}
