/** What does each task's valueAndGrad take on the work item, next to detection's, and what WASM memory? */
import {
  createClassificationLoss,
  createDetectionLoss,
  createDualLoss,
  createOrientedLoss,
  createPoseLoss,
  createSegmentationLoss,
} from 'detloss';
import { hookWasm } from './lib/hook-wasm.mjs';
import { median, medianRatio, timeInTurns } from './lib/measure.mjs';
import { makeProblem, WORK_ITEM } from './shapes.mjs';

const TIME = { ms: 15_000, warmupMs: 2_000 };
/** Of the usual heads: M masks at a quarter of the image, COCO's keypoints, ImageNet's classes. */
const MASKS = { channels: 32, size: 160 };
const KEYPOINTS = [17, 3];
const IMAGE_CLASSES = 1000;

/**
 * @typedef {import('detloss').Tensor} Tensor
 * @typedef {object} Work
 * @property {string} task
 * @property {string} subject what it takes beside detection's predictions
 * @property {() => unknown} run
 */

/** @returns {Promise<import('./lib/table.mjs').Finding[]>} */
export async function bench() {
  const memories = hookWasm((_, kernel) => kernel);
  const wasmMegabytes = () =>
    memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0) / 1e6;
  /** @type {Work[]} */
  const works = [];
  /** @type {number[]} */
  const grown = [];
  for (const make of [detection, segmentation, pose, oriented, dual, classification]) {
    const work = await make();
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
      title: 'Tasks: valueAndGradSync, out reused, one thread, taking turns',
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
        'WASM memory: of all instances after the first call of this task and of those above it, whose memory it shares;',
        'it never shrinks. A classifier has an instance of its own.',
      ],
    },
  ];
}

const { numClasses, regMax, strides, batch, imageSize } = WORK_ITEM;
const anchors = strides.reduce((sum, stride) => sum + (imageSize / stride) ** 2, 0);
const config = { numClasses, regMax, strides, backend: /** @type {const} */ ('wasm'), threads: 1 };
const { feats, targets } = makeProblem(WORK_ITEM, 'nchw');
const count = targets.batchIdx.length;

/** @returns {Promise<Work>} */
async function detection() {
  const criterion = await createDetectionLoss(config);
  const { grads: out } = criterion.valueAndGradSync(feats, targets);
  return {
    task: 'detection',
    subject: '',
    run: () => criterion.valueAndGradSync(feats, targets, { out }),
  };
}

/** @returns {Promise<Work>} */
async function segmentation() {
  const { channels, size } = MASKS;
  const criterion = await createSegmentationLoss(config);
  const predictions = {
    feats,
    coefficients: makeTensor([batch, channels, anchors]),
    prototypes: makeTensor([batch, channels, size, size]),
  };
  const given = { ...targets, masks: { data: makeMasks(size), shape: [batch, size, size] } };
  const { grads: out } = criterion.valueAndGradSync(predictions, given);
  return {
    task: 'segmentation',
    subject: `${channels} prototypes of ${size}×${size}`,
    run: () => criterion.valueAndGradSync(predictions, given, { out }),
  };
}

/** @returns {Promise<Work>} */
async function pose() {
  const [points, numbers] = KEYPOINTS;
  const criterion = await createPoseLoss(config);
  const predictions = { feats, keypoints: makeTensor([batch, points * numbers, anchors]) };
  const truth = makeTensor([count, points, numbers]);
  truth.data.forEach((value, i) => {
    truth.data[i] = i % numbers < 2 ? Math.abs(value) / 4 : 2;
  });
  const given = { ...targets, keypoints: truth };
  const { grads: out } = criterion.valueAndGradSync(predictions, given);
  return {
    task: 'pose',
    subject: `${points} keypoints of ${numbers}`,
    run: () => criterion.valueAndGradSync(predictions, given, { out }),
  };
}

/** @returns {Promise<Work>} */
async function oriented() {
  const criterion = await createOrientedLoss(config);
  const predictions = { feats, angles: makeTensor([batch, 1, anchors]) };
  const bboxes = new Float32Array(5 * count);
  for (let n = 0; n < count; n++) {
    bboxes.set(targets.bboxes.subarray(4 * n, 4 * n + 4), 5 * n);
    bboxes[5 * n + 4] = (n % 16) / 5;
  }
  const given = { ...targets, bboxes };
  const { grads: out } = criterion.valueAndGradSync(predictions, given);
  return {
    task: 'rotated boxes',
    subject: 'angles',
    run: () => criterion.valueAndGradSync(predictions, given, { out }),
  };
}

/** @returns {Promise<Work>} */
async function dual() {
  const criterion = await createDualLoss(config);
  const predictions = { oneToMany: feats, oneToOne: feats };
  const { grads: out } = criterion.valueAndGradSync(predictions, targets);
  return {
    task: 'dual',
    subject: 'a second head',
    run: () => criterion.valueAndGradSync(predictions, targets, { out }),
  };
}

/** @returns {Promise<Work>} */
async function classification() {
  const criterion = await createClassificationLoss({
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

/**
 * Values from −2 to 2, in no order.
 *
 * @param {number[]} shape
 * @returns {Tensor}
 */
function makeTensor(shape) {
  const length = shape.reduce((product, size) => product * size, 1);
  return { data: Float32Array.from({ length }, (_, i) => 2 * Math.sin(i * i)), shape };
}

/**
 * Each target's box, as 1 + its index in its image; later ones lie above.
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
