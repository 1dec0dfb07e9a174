/**
 * Times the detection loss of the work item beside one memcpy of its predictions. Runs in any runtime, including
 * pages.
 */
import { createDetectionLoss } from 'detloss';
import { median, medianRatio, timeInTurns } from './lib/measure.mjs';
import { concatenate, makeProblem, ONE_IMAGE, WORK_ITEM } from './shapes.mjs';

/**
 * @typedef {object} Case how a criterion is called
 * @property {number} threads
 * @property {string} tensors 'ordinary' arrays, or tensors 'allocated' by the criterion, for input and output
 *
 * @typedef {Case & { layout: import('detloss').Layout }} Label
 *
 * @typedef {object} Time
 * @property {number} ms
 * @property {number} copyMs
 * @property {number} copies `ms` divided by the time of one memcpy of all predictions
 * @property {number} speedup relative to the first case
 *
 * @typedef {Label & Time & { method: string }} Timing of one method
 * @typedef {Label & { ms: number, batchMs: number, speedup: number }} OneImage valueAndGrad of one image, and of
 *   the work item
 */

const TIME = { ms: 2500, warmupMs: 600 };
/** Cases; speed-ups are relative to the first. @type {Case[]} */
const CASES = [
  { threads: 1, tensors: 'ordinary' },
  { threads: 2, tensors: 'ordinary' },
  { threads: 2, tensors: 'allocated' },
];

/** @returns {Promise<{ timings: Timing[], oneImage: OneImage[] }>} */
export async function bench() {
  /** @type {{ timings: Timing[], oneImage: OneImage[] }} */
  const found = { timings: [], oneImage: [] };
  for (const layout of /** @type {const} */ (['nchw', 'nhwc'])) {
    const batch = await prepare(makeProblem(WORK_ITEM, layout), layout);
    found.timings.push(...(await timeMethods(batch, layout)));
    const image = await prepare(makeProblem(ONE_IMAGE, layout), layout);
    found.oneImage.push(...(await timeOneImage(batch, image, layout)));
    for (const { criterion } of [...batch, ...image]) criterion.dispose();
  }
  return found;
}

/**
 * @typedef {object} Prepared a problem prepared for one case
 * @property {Case} label
 * @property {import('detloss').DetectionLoss} criterion
 * @property {import('detloss').Tensor[]} feats
 * @property {import('detloss').Tensor[]} out
 * @property {import('detloss').DetectionTargets} targets
 */

/**
 * @param {ReturnType<typeof makeProblem>} problem
 * @param {import('detloss').Layout} layout
 * @returns {Promise<Prepared[]>}
 */
async function prepare({ feats, targets }, layout) {
  const { numClasses, regMax, strides } = WORK_ITEM;
  const prepared = [];
  for (const { threads, tensors } of CASES) {
    const backend = /** @type {const} */ ('wasm');
    const config = { numClasses, regMax, strides, layout, backend, threads };
    const criterion = await createDetectionLoss(config);
    if (criterion.threads !== threads) throw new Error(`needs ${threads} threads`);
    const own = tensors === 'allocated' ? feats.map((tensor) => copyTo(criterion, tensor)) : feats;
    const out = feats.map(({ shape, data: { length } }) =>
      tensors === 'allocated'
        ? criterion.allocate(shape)
        : { data: new Float32Array(length), shape },
    );
    prepared.push({ label: { threads, tensors }, criterion, feats: own, out, targets });
  }
  return prepared;
}

/**
 * @param {import('detloss').DetectionLoss} criterion
 * @param {import('detloss').Tensor} tensor
 */
function copyTo(criterion, { data, shape }) {
  const copy = criterion.allocate(shape);
  copy.data.set(data);
  return copy;
}

/**
 * @param {Prepared[]} prepared
 * @param {import('detloss').Layout} layout
 * @returns {Promise<Timing[]>}
 */
async function timeMethods(prepared, layout) {
  const source = concatenate(prepared[0].feats);
  const destination = new Float32Array(source.length).fill(1);
  const copy = () => destination.set(source);
  /** @type {Record<string, (one: Prepared) => unknown>} */
  const methods = {
    valueAndGrad: valueAndGrad,
    value: ({ criterion, feats, targets }) => criterion.value(feats, targets),
    assign: ({ criterion, feats, targets }) => criterion.assign(feats, targets),
  };
  const timings = [];
  for (const [method, work] of Object.entries(methods)) {
    const works = prepared.map((one) => () => work(one));
    const [copyTimes, ...times] = await timeInTurns([copy, ...works], TIME);
    for (const [i, { label }] of prepared.entries()) {
      timings.push({
        method,
        layout,
        ...label,
        ms: median(times[i]),
        copyMs: median(copyTimes),
        copies: medianRatio(times[i], copyTimes),
        speedup: medianRatio(times[0], times[i]),
      });
    }
  }
  return timings;
}

/**
 * @param {Prepared[]} batch
 * @param {Prepared[]} image
 * @param {import('detloss').Layout} layout
 * @returns {Promise<OneImage[]>}
 */
async function timeOneImage(batch, image, layout) {
  const works = [...batch, ...image].map((one) => () => valueAndGrad(one));
  const times = await timeInTurns(works, TIME);
  const imageTimes = times.slice(batch.length);
  return image.map(({ label }, i) => ({
    layout,
    ...label,
    ms: median(imageTimes[i]),
    batchMs: median(times[i]),
    speedup: medianRatio(imageTimes[0], imageTimes[i]),
  }));
}

/** @param {Prepared} one */
function valueAndGrad({ criterion, feats, targets, out }) {
  return criterion.valueAndGrad(feats, targets, { out });
}
