/** Measures the time of valueAndGrad of each task on the work item, relative to detection, and its WASM memory. */
import * as detloss from 'detloss';
import { hookWasm } from './lib/hook-wasm.mjs';
import { median, medianRatio, timeInTurns } from './lib/measure.mjs';
import { makeProblem, WORK_ITEM } from './shapes.mjs';

const TIME = { ms: 15_000, warmupMs: 2_000 };
/** Sizes of the usual heads: M masks at a quarter of the image's size, COCO's keypoints, ImageNet's classes. */
const MASKS = { channels: 32, size: 160 };
const KEYPOINTS = [17, 3];
/** Side of the semantic logits, those of the first level's cells. */
const GRID = 80;
const IMAGE_CLASSES = 1000;

/**
 * @typedef {import('detloss').Tensor} Tensor
 * @typedef {object} Work
 * @property {string} task
 * @property {string} subject predictions that it takes besides detection's
 * @property {() => unknown} run
 *
 * @typedef {(build: typeof detloss) => Promise<Work>} MakeWork prepares a work with a build of the package
 */

/** @type {MakeWork[]} */
export const TASKS = [
  detection,
  segmentation,
  segmentationWithSemantic,
  pose,
  oriented,
  dual,
  dualSegmentation,
  dualPose,
  dualOriented,
  classification,
];

/** @returns {Promise<import('./lib/table.mjs').Finding[]>} */
export async function bench() {
  const memories = hookWasm((_, kernel) => kernel);
  const wasmMegabytes = () =>
    memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0) / 1e6;
  /** @type {Work[]} */
  const works = [];
  /** @type {number[]} */
  const grown = [];
  for (const make of TASKS) {
    const work = await make(detloss);
    work.run();
    works.push(work);
    grown.push(wasmMegabytes());
  }
  const times = await timeInTurns(
    works.map(({ run }) => run),
    TIME,
  );
  const { batch, imageSize } = WORK_ITEM;
  return [
    {
      title: 'Tasks: valueAndGradSync, out reused, one thread, measured alternately',
      subject: `batch ${batch}, ${imageSize}×${imageSize}`,
      columns: [
        { key: 'task', label: 'task' },
        { key: 'subject', label: 'beside detection' },
        { key: 'ms', label: 'ms', digits: 1 },
        { key: 'ratio', label: 'detections', digits: 2 },
        { key: 'wasmMB', label: 'WASM memory, MB', digits: 2 },
      ],
      rows: works.map(({ task, subject }, i) => ({
        task,
        subject,
        ms: median(times[i]),
        ratio: medianRatio(times[i], times[0]),
        wasmMB: grown[i],
      })),
      notes: [
        'WASM memory: of all instances after the first calls of this task and of the tasks above it, which share memory.',
        'It never shrinks. A classifier has an instance of its own.',
      ],
    },
  ];
}

const { numClasses, regMax, strides, batch, imageSize } = WORK_ITEM;
const anchors = strides.reduce((sum, stride) => sum + (imageSize / stride) ** 2, 0);
const config = { numClasses, regMax, strides, backend: /** @type {const} */ ('wasm'), threads: 1 };
const { feats, targets } = makeProblem(WORK_ITEM, 'nchw');
const count = targets.batchIdx.length;

/** @type {MakeWork} */
async function detection(build) {
  const criterion = await build.createDetectionLoss(config);
  const { grads: out } = criterion.valueAndGradSync(feats, targets);
  return {
    task: 'detection',
    subject: '',
    run: () => criterion.valueAndGradSync(feats, targets, { out }),
  };
}

/** @type {MakeWork} */
async function segmentation(build) {
  const { channels, size } = MASKS;
  const { own, shared, given } = maskInputs();
  const criterion = await build.createSegmentationLoss(config);
  const predictions = { ...own, ...shared };
  const { grads: out } = criterion.valueAndGradSync(predictions, given);
  return {
    task: 'segmentation',
    subject: `${channels} prototypes of ${size}×${size}`,
    run: () => criterion.valueAndGradSync(predictions, given, { out }),
  };
}

/** @type {MakeWork} */
async function segmentationWithSemantic(build) {
  const { channels, size } = MASKS;
  const { own, shared, given } = maskInputs();
  const criterion = await build.createSegmentationLoss(config);
  const predictions = { ...own, ...shared, semantic: makeTensor([batch, numClasses, GRID, GRID]) };
  const data = Uint8Array.from(given.masks.data, (_, i) => i % numClasses);
  const all = { ...given, semantic: { data, shape: given.masks.shape } };
  const { grads: out, items } = criterion.valueAndGradSync(predictions, all);
  // Builds without this loss ignore the logits
  if (!items.sem) throw new Error('no loss of semantic logits');
  return {
    task: 'segmentation with semantic logits',
    subject: `${channels} prototypes of ${size}×${size}, ${numClasses} logits of ${GRID}×${GRID}`,
    run: () => criterion.valueAndGradSync(predictions, all, { out }),
  };
}

/** @type {MakeWork} */
async function pose(build) {
  const [points, numbers] = KEYPOINTS;
  const { own, given } = poseInputs();
  const criterion = await build.createPoseLoss(config);
  const { grads: out } = criterion.valueAndGradSync(own, given);
  return {
    task: 'pose',
    subject: `${points} keypoints of ${numbers}`,
    run: () => criterion.valueAndGradSync(own, given, { out }),
  };
}

/** @type {MakeWork} */
async function oriented(build) {
  const { own, given } = orientedInputs();
  const criterion = await build.createOrientedLoss(config);
  const { grads: out } = criterion.valueAndGradSync(own, given);
  return {
    task: 'rotated boxes',
    subject: 'angles',
    run: () => criterion.valueAndGradSync(own, given, { out }),
  };
}

/** @type {MakeWork} */
async function dual(build) {
  const criterion = await build.createDualLoss(config);
  const predictions = { oneToMany: feats, oneToOne: feats };
  const { grads: out } = criterion.valueAndGradSync(predictions, targets);
  return {
    task: 'dual',
    subject: 'a second head',
    run: () => criterion.valueAndGradSync(predictions, targets, { out }),
  };
}

/** @type {MakeWork} */
async function dualSegmentation(build) {
  const { own, shared, given } = maskInputs();
  const criterion = await build.createDualLoss({ ...config, task: 'segmentation' });
  const predictions = { oneToMany: own, oneToOne: own, ...shared };
  const { grads: out } = criterion.valueAndGradSync(predictions, given);
  return {
    task: 'dual, segmentation',
    subject: 'a second head, prototypes',
    run: () => criterion.valueAndGradSync(predictions, given, { out }),
  };
}

/** @type {MakeWork} */
async function dualPose(build) {
  const { own, given } = poseInputs();
  const criterion = await build.createDualLoss({ ...config, task: 'pose' });
  const predictions = { oneToMany: own, oneToOne: own };
  const { grads: out } = criterion.valueAndGradSync(predictions, given);
  return {
    task: 'dual, pose',
    subject: 'a second head, keypoints',
    run: () => criterion.valueAndGradSync(predictions, given, { out }),
  };
}

/** @type {MakeWork} */
async function dualOriented(build) {
  const { own, given } = orientedInputs();
  const criterion = await build.createDualLoss({ ...config, task: 'oriented' });
  const predictions = { oneToMany: own, oneToOne: own };
  const { grads: out } = criterion.valueAndGradSync(predictions, given);
  return {
    task: 'dual, rotated boxes',
    subject: 'a second head, angles',
    run: () => criterion.valueAndGradSync(predictions, given, { out }),
  };
}

/** @type {MakeWork} */
async function classification(build) {
  const criterion = await build.createClassificationLoss({
    numClasses: IMAGE_CLASSES,
    backend: 'wasm',
    threads: 1,
  });
  const predictions = { logits: makeTensor([batch, IMAGE_CLASSES]) };
  const given = { cls: Array.from({ length: batch }, (_, b) => 61 * b) };
  const { grads: out } = criterion.valueAndGradSync(predictions, given);
  return {
    task: 'classification',
    subject: `instead: ${IMAGE_CLASSES} logits`,
    run: () => criterion.valueAndGradSync(predictions, given, { out }),
  };
}

/** Predictions of a head with masks, what heads share, and targets. */
function maskInputs() {
  const { channels, size } = MASKS;
  return {
    own: { feats, coefficients: makeTensor([batch, channels, anchors]) },
    shared: { prototypes: makeTensor([batch, channels, size, size]) },
    given: { ...targets, masks: { data: makeMasks(size), shape: [batch, size, size] } },
  };
}

/** Predictions of a head with keypoints, and targets. */
function poseInputs() {
  const [points, numbers] = KEYPOINTS;
  const keypoints = makeTensor([count, points, numbers]);
  keypoints.data.forEach((value, i) => {
    keypoints.data[i] = i % numbers < 2 ? Math.abs(value) / 4 : 2;
  });
  return {
    own: { feats, keypoints: makeTensor([batch, points * numbers, anchors]) },
    given: { ...targets, keypoints },
  };
}

/** Predictions of a head with angles, and targets. */
function orientedInputs() {
  const bboxes = new Float32Array(5 * count);
  for (let n = 0; n < count; n++) {
    bboxes.set(targets.bboxes.subarray(4 * n, 4 * n + 4), 5 * n);
    bboxes[5 * n + 4] = (n % 16) / 5;
  }
  return {
    own: { feats, angles: makeTensor([batch, 1, anchors]) },
    given: { ...targets, bboxes },
  };
}

/**
 * Fills a tensor with values from −2 to 2, in no order.
 *
 * @param {number[]} shape
 * @returns {Tensor}
 */
function makeTensor(shape) {
  const length = shape.reduce((product, size) => product * size, 1);
  return { data: Float32Array.from({ length }, (_, i) => 2 * Math.sin(i * i)), shape };
}

/**
 * Draws each target's box into a mask, as 1 + its index in its image; later boxes cover earlier ones.
 *
 * @param {number} size
 */
function makeMasks(size) {
  const masks = new Uint8Array(batch * size * size);
  targets.batchIdx.forEach((image, n) => {
    const [x, y, width, height] = targets.bboxes.subarray(4 * n, 4 * n + 4);
    const [left, right] = [x - width / 2, x + width / 2].map((edge) => Math.round(edge * size));
    const [top, bottom] = [y - height / 2, y + height / 2].map((edge) => Math.round(edge * size));
    for (let row = top; row < bottom; row++) {
      const at = (image * size + row) * size;
      masks.fill(1 + (n % WORK_ITEM.targets), at + left, at + right);
    }
  });
  return masks;
}
