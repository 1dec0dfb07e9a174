/**
 * How long does the detection loss of the work item take, next to copying its predictions once? Runs in any
 * runtime, pages included.
 */
import { createDetectionLoss } from 'detloss';
import { median, timeBesideCopy, timeInTurns } from './lib/measure.mjs';
import { concatenate, makeProblem, ONE_IMAGE, WORK_ITEM } from './shapes.mjs';

/**
 * @typedef {object} Timing one method of one criterion
 * @property {string} method
 * @property {import('detloss').Layout} layout
 * @property {number} threads
 * @property {number} ms
 * @property {number} copyMs
 * @property {number} copies `ms` in copies of all predictions
 *
 * @typedef {object} OneImage valueAndGrad of one image
 * @property {import('detloss').Layout} layout
 * @property {number} threads
 * @property {number} ms
 * @property {number} batchMs of the work item, taking turns
 */

const TIME = { ms: 1500, warmupMs: 400 };
/** Thread counts to ask for; a row is labelled by what the criterion then has. */
const THREADS = [1];

/** @returns {Promise<{ timings: Timing[], oneImage: OneImage[] }>} */
export async function bench() {
  /** @type {{ timings: Timing[], oneImage: OneImage[] }} */
  const found = { timings: [], oneImage: [] };
  for (const layout of /** @type {const} */ (['nchw', 'nhwc'])) {
    const batch = makeProblem(WORK_ITEM, layout);
    const image = makeProblem(ONE_IMAGE, layout);
    for (const threads of THREADS) {
      const { numClasses, regMax, strides } = WORK_ITEM;
      const backend = /** @type {const} */ ('wasm');
      const config = { numClasses, regMax, strides, layout, backend, threads };
      const criterion = await createDetectionLoss(config);
      const label = { layout, threads: criterion.threads };
      for (const timing of await timeMethods(criterion, batch)) {
        found.timings.push({ ...label, ...timing });
      }
      found.oneImage.push({ ...label, ...(await timeOneImage(criterion, batch, image)) });
      criterion.dispose();
    }
  }
  return found;
}

/**
 * @param {import('detloss').DetectionLoss} criterion
 * @param {ReturnType<typeof makeProblem>} problem
 */
async function timeMethods(criterion, { feats, targets }) {
  const source = concatenate(feats);
  const destination = new Float32Array(source.length).fill(1);
  const copy = () => destination.set(source);
  const { grads: out } = await criterion.valueAndGrad(feats, targets);
  const methods = {
    valueAndGrad: () => criterion.valueAndGrad(feats, targets, { out }),
    value: () => criterion.value(feats, targets),
    assign: () => criterion.assign(feats, targets),
  };
  const timings = [];
  for (const [method, work] of Object.entries(methods)) {
    timings.push({ method, ...(await timeBesideCopy(work, copy, TIME)) });
  }
  return timings;
}

/**
 * @param {import('detloss').DetectionLoss} criterion
 * @param {ReturnType<typeof makeProblem>} batch
 * @param {ReturnType<typeof makeProblem>} image
 */
async function timeOneImage(criterion, batch, image) {
  const works = [];
  for (const { feats, targets } of [batch, image]) {
    const { grads: out } = await criterion.valueAndGrad(feats, targets);
    works.push(() => criterion.valueAndGrad(feats, targets, { out }));
  }
  const [batchMs, ms] = (await timeInTurns(works, TIME)).map(median);
  return { ms, batchMs };
}
