/**
 * Compares the speed of two builds of the package, on one thread, alternately in one process:
 *
 *   node bench/versions.mjs ../older/dist           all works
 *   node bench/versions.mjs ../older/dist small     works whose name has this in it
 *
 * The folder is `dist` of the other build; the package's own is compared with it.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as detloss from 'detloss';
import { median, medianRatio, timeInTurns } from './lib/measure.mjs';
import { reasonOf } from './lib/process.mjs';
import { printFinding } from './lib/table.mjs';
import { makeCalls } from './losses.mjs';
import { CROWD, makeProblem, SMALL, WORK_ITEM } from './shapes.mjs';
import { TASKS } from './tasks.mjs';

/**
 * @typedef {typeof detloss} Build
 * @typedef {(build: Build) => Promise<() => unknown>} Prepare prepares a work with a build; what it returns runs once
 */

const TIME = { ms: 6000, warmupMs: 1500 };
const LOSS_INPUTS = 1 << 20;

/**
 * @param {string} folder `dist` of the other build
 * @param {string} part works whose name has it in it are compared
 * @returns {Promise<import('./lib/table.mjs').Finding>}
 */
async function compare(folder, part) {
  /** @type {Build} */
  const other = await import(pathToFileURL(resolve(folder, 'index.js')).href);
  const rows = [];
  const missing = [];
  for (const [work, prepare] of Object.entries(makeWorks())) {
    if (!work.includes(part)) continue;
    try {
      const runs = [await prepare(other), await prepare(detloss)];
      const [old, own] = await timeInTurns(runs, TIME);
      rows.push({
        work,
        oldMs: median(old),
        newMs: median(own),
        ratio: medianRatio(own, old),
        leastRatio: least(own) / least(old),
        rounds: own.length,
      });
    } catch (error) {
      missing.push({ what: work, reason: reasonOf(error) });
    }
  }
  return {
    title: 'This build beside another',
    subject: folder,
    columns: [
      { key: 'work', label: 'work' },
      { key: 'oldMs', label: 'old, ms', digits: 3 },
      { key: 'newMs', label: 'new, ms', digits: 3 },
      { key: 'ratio', label: 'new / old', digits: 3 },
      { key: 'leastRatio', label: 'of the least times', digits: 3 },
      { key: 'rounds', label: 'rounds', digits: 0 },
    ],
    rows,
    notes: [
      'new / old: median of the ratios per round; other load on the machine affects it least',
    ],
    missing,
  };
}

/** @param {number[]} values */
function least(values) {
  return values.reduce((a, b) => Math.min(a, b));
}

/** @returns {Record<string, Prepare>} */
function makeWorks() {
  const [, ...otherTasks] = TASKS;
  return {
    valueAndGrad: detection(WORK_ITEM, 'nchw', valueAndGrad),
    'valueAndGrad, NHWC': detection(WORK_ITEM, 'nhwc', valueAndGrad),
    value: detection(WORK_ITEM, 'nchw', value),
    assign: detection(WORK_ITEM, 'nchw', assign),
    'small call': detection(SMALL, 'nchw', valueAndGrad),
    crowd: detection(CROWD, 'nchw', valueAndGrad),
    ...Object.fromEntries(
      otherTasks.map((make) => [
        make.name,
        async (/** @type {Build} */ build) => (await make(build)).run,
      ]),
    ),
    ...makeLossWorks(),
  };
}

/**
 * @typedef {ReturnType<typeof makeProblem>} Problem
 * @typedef {(criterion: detloss.DetectionLoss, problem: Problem) => () => unknown} Method
 */

/**
 * @param {import('./shapes.mjs').Shape} shape
 * @param {detloss.Layout} layout
 * @param {Method} method
 * @returns {Prepare}
 */
function detection(shape, layout, method) {
  const { numClasses, regMax, strides } = shape;
  const backend = /** @type {const} */ ('wasm');
  return async (build) => {
    const config = { numClasses, regMax, strides, layout, backend, threads: 1 };
    return method(await build.createDetectionLoss(config), makeProblem(shape, layout));
  };
}

/** @type {Method} */
function valueAndGrad(criterion, { feats, targets }) {
  const { grads: out } = criterion.valueAndGradSync(feats, targets);
  return () => criterion.valueAndGradSync(feats, targets, { out });
}

/** @type {Method} */
function value(criterion, { feats, targets }) {
  return () => criterion.valueSync(feats, targets);
}

/** @type {Method} */
function assign(criterion, { feats, targets }) {
  return () => criterion.assign(feats, targets);
}

/** @returns {Record<string, Prepare>} */
function makeLossWorks() {
  const calls = makeCalls(LOSS_INPUTS);
  const callOf = (/** @type {string} */ name) => calls.filter((call) => call.name === name)[0];
  const weight = new Float32Array(LOSS_INPUTS).fill(0.5);
  return {
    mse: loss(callOf('mse')),
    'bceWithLogits, weights': loss({ ...callOf('bceWithLogits'), options: { weight } }),
    crossEntropy: loss(callOf('crossEntropy')),
    'boxIou, ciou': loss(callOf('boxIou')),
    dice: loss(callOf('dice')),
  };
}

/**
 * @param {import('./losses.mjs').Call} call
 * @returns {Prepare}
 */
function loss({ name, input, target, options }) {
  return async (build) => {
    const losses = await build.createLosses({ backend: 'wasm', threads: 1 });
    const run = /** @type {import('./losses.mjs').Run} */ (/** @type {unknown} */ (losses[name]));
    const { grad: out } = await run(input, target, { ...options });
    return () => run(input, target, { ...options, out });
  };
}

const [, , folder, part = ''] = process.argv;
if (!folder) {
  console.error('node bench/versions.mjs <dist of another build> [part of a name]');
  process.exit(2);
}
printFinding(await compare(folder, part));
