import {
  createClassificationLoss,
  createDualLoss,
  createOrientedLoss,
  createPoseLoss,
  createSegmentationLoss,
} from 'detloss';
import { makeProblem } from '../../../../bench/shapes.mjs';

/**
 * @typedef {import('detloss').Tensor} Tensor
 *
 * A task's problem, and what its criterion makes of it in plain arrays.
 *
 * @typedef {object} SolvedTask
 * @property {string} name
 * @property {(own: object) => Promise<any>} create its criterion, with options for where it runs
 * @property {Tensor[]} leaves all tensors of the predictions
 * @property {(leaves: any[]) => any} build the predictions of such leaves
 * @property {any} targets
 * @property {object} [options] of a call
 * @property {number} total
 * @property {Float32Array[]} grads of the leaves
 */

const SHAPE = {
  batch: 2,
  imageSize: 64,
  strides: [8, 16, 32],
  regMax: 4,
  numClasses: 5,
  targets: 3,
};
const { batch, imageSize, targets: perImage, ...head } = SHAPE;
const options = { ...head, layout: /** @type {const} */ ('nhwc') };
const anchors = head.strides.reduce((sum, stride) => sum + (imageSize / stride) ** 2, 0);
const MASKS = { channels: 4, size: 16 };
const KEYPOINTS = [3, 3];

const { feats, targets } = makeProblem(SHAPE, 'nhwc');
const rotated = Array.from(targets.batchIdx, (_, n) => [
  ...targets.bboxes.subarray(4 * n, 4 * n + 4),
  n / 3,
]).flat();
const visible = wave([batch * perImage, ...KEYPOINTS]);
visible.data.forEach((value, i) => {
  visible.data[i] = i % 3 < 2 ? Math.abs(value) : i % 2;
});
const classes = {
  data: Uint8Array.from({ length: batch * MASKS.size ** 2 }, (_, i) => i % head.numClasses),
  shape: [batch, MASKS.size, MASKS.size],
};
/** Flow with few hidden numbers. */
const network = [[4, 2], [4], [4, 4], [4], [2, 4], [2]];
const flow = Array.from({ length: 12 }, () => network.map(wave)).flat();
const [coefficients, prototypes, semantic] = [
  wave([batch, MASKS.channels, anchors]),
  // Resized to the masks
  wave([batch, MASKS.channels, MASKS.size / 2, MASKS.size / 2]),
  wave([batch, head.numClasses, 8, 8]),
];
const masks = {
  data: Uint8Array.from({ length: batch * MASKS.size ** 2 }, (_, i) => (7 * i) % (perImage + 1)),
  shape: [batch, MASKS.size, MASKS.size],
};

/** @typedef {{ name: string, create: (config: any) => Promise<any>, leaves: Tensor[], build: (leaves: any[]) => any, targets: any, options?: object }} Task */

/** @type {Task[]} */
const TASKS = [
  {
    name: 'segmentation',
    create: (own) => createSegmentationLoss({ ...options, ...own }),
    leaves: [...feats, coefficients, prototypes, semantic],
    build: ([a, b, c, coefficients, prototypes, semantic]) => ({
      feats: [a, b, c],
      coefficients,
      prototypes,
      semantic,
    }),
    targets: { ...targets, masks, semantic: classes },
  },
  {
    name: 'pose',
    create: (own) => createPoseLoss({ ...options, keypointShape: KEYPOINTS, ...own }),
    leaves: [...feats, wave([batch, KEYPOINTS[0] * KEYPOINTS[1], anchors])],
    build: ([a, b, c, keypoints]) => ({ feats: [a, b, c], keypoints }),
    targets: { ...targets, keypoints: visible },
  },
  {
    name: 'pose 26',
    create: (own) => createPoseLoss({ ...options, keypointShape: KEYPOINTS, head: '26', ...own }),
    leaves: [
      ...feats,
      wave([batch, KEYPOINTS[0] * KEYPOINTS[1], anchors]),
      wave([batch, 2 * KEYPOINTS[0], anchors]),
      ...flow,
    ],
    build: ([a, b, c, keypoints, sigmas, ...flow]) => ({
      feats: [a, b, c],
      keypoints,
      sigmas,
      flow,
    }),
    targets: { ...targets, keypoints: visible },
  },
  {
    name: 'oriented',
    create: (own) => createOrientedLoss({ ...options, ...own }),
    leaves: [...feats, wave([batch, 1, anchors])],
    build: ([a, b, c, angles]) => ({ feats: [a, b, c], angles }),
    targets: { ...targets, bboxes: rotated },
  },
  {
    name: 'dual',
    create: (own) => createDualLoss({ ...options, ...own }),
    leaves: [...feats, ...feats],
    // Named in another order than the criterion's
    build: (leaves) => ({ oneToOne: leaves.slice(3), oneToMany: leaves.slice(0, 3) }),
    targets,
    options: { headWeights: [0.3, 0.6] },
  },
  {
    name: 'dual segmentation',
    create: (own) => createDualLoss({ ...options, task: 'segmentation', ...own }),
    leaves: [...feats, coefficients, ...feats, coefficients, prototypes, semantic],
    build: ([a, b, c, ofMany, d, e, f, ofOne, prototypes, semantic]) => ({
      oneToMany: { feats: [a, b, c], coefficients: ofMany },
      oneToOne: { feats: [d, e, f], coefficients: ofOne },
      prototypes,
      semantic,
    }),
    targets: { ...targets, masks, semantic: classes },
    options: { headWeights: [0.3, 0.6] },
  },
  {
    name: 'classification',
    create: (own) => createClassificationLoss({ numClasses: 7, ...own }),
    leaves: [wave([4, 7])],
    build: ([logits]) => ({ logits }),
    targets: { cls: [6, 0, 3, 3] },
  },
];

/** Every task beside detection. */
export async function solvedTasks() {
  return Promise.all(TASKS.map(solve));
}

/**
 * @param {Task} task
 * @returns {Promise<SolvedTask>}
 */
async function solve(task) {
  const { create, leaves, build } = task;
  const criterion = await create({ backend: 'wasm', threads: 1 });
  const out = leaves.map(({ data, shape }) => ({ data: new Float32Array(data.length), shape }));
  const all = { ...task.options, out: build(out) };
  const result = criterion.valueAndGradSync(build(leaves), task.targets, all);
  criterion.dispose();
  return { ...task, total: result.total, grads: out.map(({ data }) => data) };
}

/**
 * Smooth numbers between −1 and 1, none of which is 0: a factor of 0 would have no gradient.
 *
 * @param {number[]} shape
 */
function wave(shape) {
  const length = shape.reduce((product, size) => product * size, 1);
  return { data: Float32Array.from({ length }, (_, i) => Math.sin(0.7 * i + 0.5)), shape };
}
