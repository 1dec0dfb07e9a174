/** Measures whether time grows linearly along each axis of a shape, and whether WASM memory stays constant. */
import { createDetectionLoss } from 'detloss';
import { hookWasm } from './lib/hook-wasm.mjs';
import { median, timeInTurns } from './lib/measure.mjs';
import { makeProblem, SWEEPS } from './shapes.mjs';

/**
 * @typedef {import('./shapes.mjs').Shape} Shape
 * @typedef {import('./lib/table.mjs').Finding} Finding
 * @typedef {typeof SWEEPS[number]} Sweep
 *
 * @typedef {object} Work valueAndGrad of one shape
 * @property {() => void} run
 * @property {number} pairs target-anchor pairs per call
 * @property {number} positives positives per call
 * @property {() => number} wasmBytes
 */

const TIME = { ms: 500, warmupMs: 250 };
/** Unit of each axis that the time should be proportional to. */
const UNITS = {
  batch: { label: 'images', of: (/** @type {Shape} */ shape) => shape.batch },
  imageSize: { label: 'pixels', of: (/** @type {Shape} */ shape) => shape.imageSize ** 2 },
  numClasses: {
    label: 'channels',
    of: (/** @type {Shape} */ shape) => 4 * shape.regMax + shape.numClasses,
  },
};
const PAGE_BYTES = 2 ** 20;

/** @returns {Promise<Finding[]>} */
export async function bench() {
  let pairs = 0;
  const memories = hookWasm((name, kernel) => {
    if (name !== 'uprightCandidates') return kernel;
    return (/** @type {unknown[]} */ ...given) => {
      const found = kernel(...given);
      pairs += found;
      return found;
    };
  });

  /**
   * @param {Shape} shape
   * @returns {Promise<Work>}
   */
  async function prepare(shape) {
    const { numClasses, regMax, strides } = shape;
    const criterion = await createDetectionLoss({
      numClasses,
      regMax,
      strides,
      backend: 'wasm',
      threads: 1,
    });
    const [memory] = memories.slice(-1);
    const { feats, targets } = makeProblem(shape, 'nchw');
    pairs = 0;
    const { grads: out, assignment } = criterion.valueAndGradSync(feats, targets);
    if (pairs < assignment.anchor.length)
      throw new Error('growth: the kernel of pairs was not found');
    return {
      run: () => void criterion.valueAndGradSync(feats, targets, { out }),
      pairs,
      positives: assignment.anchor.length,
      wasmBytes: () => memory.buffer.byteLength,
    };
  }

  const findings = [];
  for (const sweep of SWEEPS) findings.push(await follow(sweep, prepare));
  return findings;
}

/**
 * @param {Sweep} sweep
 * @param {(shape: Shape) => Promise<Work>} prepare
 * @returns {Promise<Finding>}
 */
async function follow({ axis, base, reference, sizes }, prepare) {
  const at = (/** @type {number} */ size) => ({ ...base, [axis]: size });
  const beside = await prepare(at(reference));
  const measured = [];
  for (const size of sizes) {
    const work = await prepare(at(size));
    const [besideMs, ms] = await timeInTurns([beside.run, work.run], TIME);
    const ratio = median(ms.map((t, i) => t / besideMs[i]));
    const { pairs, positives, wasmBytes } = work;
    const wasmMiB = wasmBytes() / PAGE_BYTES;
    measured.push({ size, pairs, positives, ms: median(ms), ratio, wasmMiB });
  }
  const predict =
    axis === 'targets' ? byPairs(measured, beside) : byUnits(UNITS[axis].of, at, reference);
  const unit = axis === 'targets' ? 'a fixed part and pairs' : UNITS[axis].label;
  const { batch, imageSize, numClasses, targets } = base;
  const fixed = Object.entries({ batch, imageSize, numClasses, targets });
  const others = fixed.filter(([key]) => key !== axis).map(([key, value]) => `${key} ${value}`);
  return {
    title: `Growth with ${axis} (${others.join(', ')})`,
    columns: [
      { key: 'size', label: axis, digits: 0 },
      { key: 'pairs', label: 'pairs', digits: 0 },
      { key: 'positives', label: 'positives', digits: 0 },
      { key: 'ms', label: 'ms', digits: 2 },
      { key: 'overLinear', label: 'over linear', digits: 2 },
      { key: 'wasmMiB', label: 'WASM MiB', digits: 2 },
    ],
    rows: measured.map((row) => ({ ...row, overLinear: row.ratio / predict(row) })),
    notes: [
      `linear: time as ${unit}, from ${axis} ${reference}, which is measured alternately with each row`,
    ],
  };
}

/**
 * Returns the expected ratio to the reference's time if time is proportional to a unit.
 *
 * @param {(shape: Shape) => number} unitsOf
 * @param {(size: number) => Shape} at
 * @param {number} reference
 */
function byUnits(unitsOf, at, reference) {
  const unit = unitsOf(at(reference));
  return (/** @type {{ size: number }} */ { size }) => unitsOf(at(size)) / unit;
}

/**
 * Returns the expected ratio if time is a fixed part, which the first row gives, plus a part per pair.
 *
 * @param {{ ratio: number, pairs: number }[]} rows the first one without a pair
 * @param {{ pairs: number }} reference
 */
function byPairs([{ ratio: fixed }], reference) {
  return (/** @type {{ pairs: number }} */ { pairs }) =>
    fixed + ((1 - fixed) * pairs) / reference.pairs;
}
