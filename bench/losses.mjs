/** Times value and gradient of the plain losses of 16M inputs beside one memcpy of the input. */
import { createLosses } from 'detloss';
import { timeBesideCopy } from './lib/measure.mjs';

const COUNT = 1 << 24;
const CLASSES = 64;
const BINS = 16;
const TIME = { ms: 1200, warmupMs: 300 };

/**
 * @typedef {import('detloss').Tensor} Tensor
 * @typedef {import('detloss').Tensor<ArrayLike<number>>} Values
 * @typedef {{ name: keyof import('detloss').Losses, input: Tensor, target: Values, options?: object }} Call
 * @typedef {(input: Tensor, target: Values, options: object) => Promise<{ grad: Tensor }>} Run
 */

/** @returns {Promise<import('./lib/table.mjs').Finding[]>} */
export async function bench() {
  const alone = await createLosses({ threads: 1 });
  const both = await createLosses({ threads: 2 });
  const rows = [];
  for (const call of makeCalls(COUNT)) {
    const ordinary = await time(alone, call, (tensor) => tensor);
    const shared = await time(both, call, allocated(both));
    rows.push({
      name: call.options
        ? `${String(call.name)} ${JSON.stringify(call.options)}`
        : String(call.name),
      shape: `[${call.input.shape}]`,
      ms: ordinary.ms,
      copies: ordinary.copies,
      sharedMs: shared.ms,
    });
  }
  alone.dispose();
  both.dispose();
  return [
    {
      title: 'Plain losses: value and gradient, out reused',
      columns: [
        { key: 'name', label: 'loss' },
        { key: 'shape', label: 'input' },
        { key: 'ms', label: 'ms', digits: 1 },
        { key: 'copies', label: 'copies of the input', digits: 1 },
        { key: 'sharedMs', label: 'ms, 2 threads, in place', digits: 1 },
      ],
      rows,
      notes: ['in place: input and gradient are tensors from allocate()'],
    },
  ];
}

/**
 * @param {import('detloss').Losses} losses
 * @param {Call} call
 * @param {(tensor: Tensor) => Tensor} place
 */
async function time(losses, { name, input, target, options }, place) {
  const run = /** @type {Run} */ (/** @type {unknown} */ (losses[name]));
  const own = place(input);
  const truth =
    target.data instanceof Float32Array ? place(/** @type {Tensor} */ (target)) : target;
  const out = place({ data: new Float32Array(input.data.length), shape: input.shape });
  const copy = new Float32Array(input.data.length);
  const work = () => run(own, truth, { ...options, out });
  return timeBesideCopy(work, () => copy.set(input.data), TIME);
}

/**
 * @param {import('detloss').Losses} losses
 * @returns {(tensor: Tensor) => Tensor}
 */
function allocated(losses) {
  return ({ data, shape }) => {
    const tensor = losses.allocate(shape);
    tensor.data.set(data);
    return tensor;
  };
}

/**
 * Makes a call of each loss.
 *
 * @param {number} count number of inputs, a multiple of 1024
 * @returns {Call[]}
 */
export function makeCalls(count) {
  const next = uniforms();
  const fill = (/** @type {() => number} */ value) => Float32Array.from({ length: count }, value);
  const flat = [count];
  const logits = { data: fill(() => 6 * (next() - 0.5)), shape: flat };
  const soft = { data: fill(next), shape: flat };
  const signs = { data: fill(() => (next() < 0.5 ? -1 : 1)), shape: flat };
  const rowCount = count / CLASSES;
  const byRows = { ...logits, shape: [rowCount, CLASSES] };
  const classes = Int32Array.from({ length: rowCount }, () => Math.floor(CLASSES * next()));
  const maps = { ...logits, shape: [16, CLASSES, rowCount / 16] };
  const bins = { data: soft.data.subarray(0, count / BINS), shape: [count / BINS] };
  const boxes = () => ({
    data: fill(next).map((x, i) => x + (i % 4 < 2 ? 0 : 1)),
    shape: [count / 4, 4],
  });
  return [
    { name: 'mse', input: logits, target: soft },
    { name: 'l1', input: logits, target: soft },
    { name: 'huber', input: logits, target: soft },
    { name: 'hinge', input: logits, target: signs },
    { name: 'klDiv', input: logits, target: soft },
    { name: 'logLoss', input: soft, target: soft },
    { name: 'bceWithLogits', input: logits, target: soft },
    { name: 'focal', input: logits, target: soft },
    { name: 'varifocal', input: logits, target: soft },
    { name: 'qualityFocal', input: logits, target: soft },
    {
      name: 'dice',
      input: { ...logits, shape: [16, count / 16] },
      target: { ...soft, shape: [16, count / 16] },
    },
    { name: 'crossEntropy', input: byRows, target: { data: classes, shape: [rowCount] } },
    { name: 'crossEntropy', input: maps, target: { data: classes, shape: [16, rowCount / 16] } },
    { name: 'multiMargin', input: byRows, target: { data: classes, shape: [rowCount] } },
    { name: 'distributionFocal', input: { ...logits, shape: [count / BINS, BINS] }, target: bins },
    { name: 'boxIou', input: boxes(), target: boxes(), options: { kind: 'ciou' } },
    { name: 'boxIou', input: boxes(), target: boxes(), options: { kind: 'siou' } },
  ];
}

/** Generates numbers in [0, 1), the same in every run. */
function uniforms() {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}
