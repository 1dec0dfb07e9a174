/**
 * Problems that the benchmarks compute. The work item is a training step of YOLOv8 at its usual size.
 *
 * @typedef {object} Shape
 * @property {number} batch
 * @property {number} imageSize pixels, square
 * @property {number[]} strides
 * @property {number} regMax
 * @property {number} numClasses
 * @property {number} targets targets per image
 *
 * @typedef {import('detloss').Layout} Layout
 * @typedef {import('detloss').Tensor} Tensor
 */

/** @type {Shape} */
export const WORK_ITEM = {
  batch: 16,
  imageSize: 640,
  strides: [8, 16, 32],
  regMax: 16,
  numClasses: 80,
  targets: 8,
};

/** Step of one image, which a first call computes. */
export const ONE_IMAGE = { ...WORK_ITEM, batch: 1 };

/** Shape so small that the fixed time of a call is visible. */
export const SMALL = { ...WORK_ITEM, batch: 1, imageSize: 96, targets: 4 };

/** Shape with the most targets in one image that any public report on the reference implementation mentions. */
export const CROWD = { ...WORK_ITEM, batch: 1, targets: 4967 };

/** Shape with the class logits of the work item, the fewest box channels that a head can have, and no targets. */
export const CLASS_LOGITS_ONLY = { ...WORK_ITEM, regMax: 1, targets: 0 };

/**
 * Shapes that grow along one axis. `sizes` are the sizes of that axis. Each shape is timed beside `reference`; linear growth
 * lies on the line through it.
 *
 * @type {{ axis: 'batch' | 'imageSize' | 'numClasses' | 'targets', base: Shape, reference: number, sizes: number[] }[]}
 */
export const SWEEPS = [
  { axis: 'batch', base: WORK_ITEM, reference: 16, sizes: [1, 2, 4, 8, 16, 32, 64] },
  {
    axis: 'imageSize',
    base: { ...WORK_ITEM, batch: 4 },
    reference: 640,
    sizes: [320, 480, 640, 960, 1280],
  },
  {
    axis: 'numClasses',
    base: { ...WORK_ITEM, batch: 4 },
    reference: 80,
    sizes: [1, 8, 20, 80, 365, 1203],
  },
  {
    axis: 'targets',
    base: ONE_IMAGE,
    reference: 1000,
    sizes: [0, 1, 10, 100, 500, 1000, 2000, 5000],
  },
];

/** Mean of the class logits of a network in the middle of its training: most of them are low. */
const CLASS_LOGIT = { mean: -4, std: 2 };
const BOX_LOGIT = { mean: 0, std: 1 };
/** Sides of the targets as a share of the image: 41 % of the anchors lie inside some target. */
const BOX_SIDES = { least: 0.05, most: 0.5 };

/**
 * Makes predictions and targets of a shape, the same in every run.
 *
 * @param {Shape} shape
 * @param {Layout} layout
 */
export function makeProblem(shape, layout) {
  const random = uniforms(1);
  const feats = shape.strides.map((stride) => makeLevel(shape, layout, stride, random));
  return { feats, targets: makeTargets(shape, random) };
}

/**
 * Concatenates the values of a list of tensors.
 *
 * @param {Tensor[]} tensors
 */
export function concatenate(tensors) {
  const all = new Float32Array(tensors.reduce((sum, { data }) => sum + data.length, 0));
  let end = 0;
  for (const { data } of tensors) {
    all.set(data, end);
    end += data.length;
  }
  return all;
}

/**
 * Extracts the class logits of NCHW predictions, level by level.
 *
 * @param {Tensor[]} feats
 * @param {Shape} shape
 */
export function classLogitsOf(feats, { regMax }) {
  const runs = feats.flatMap(({ data, shape: [batch, channels, height, width] }) => {
    const cells = height * width;
    return Array.from({ length: batch }, (_, b) => {
      const logits = data.subarray((b * channels + 4 * regMax) * cells, (b + 1) * channels * cells);
      return { data: logits, shape: [channels - 4 * regMax, height, width] };
    });
  });
  return concatenate(runs);
}

/**
 * @param {Shape} shape
 * @param {Layout} layout
 * @param {number} stride
 * @param {() => number} random
 * @returns {Tensor}
 */
function makeLevel({ batch, imageSize, regMax, numClasses }, layout, stride, random) {
  const size = imageSize / stride;
  const channels = 4 * regMax + numClasses;
  const cells = size * size;
  const data = new Float32Array(batch * channels * cells);
  for (let i = 0; i < data.length; i++) {
    const channel = layout === 'nchw' ? Math.floor(i / cells) % channels : i % channels;
    const { mean, std } = channel < 4 * regMax ? BOX_LOGIT : CLASS_LOGIT;
    // The sum of four uniform numbers is close enough to a normal number of variance 1/3
    data[i] = mean + std * Math.sqrt(3) * (random() + random() + random() + random() - 2);
  }
  const shape = layout === 'nchw' ? [batch, channels, size, size] : [batch, size, size, channels];
  return { data, shape };
}

/**
 * @param {Shape} shape
 * @param {() => number} random
 */
function makeTargets({ batch, targets: perImage, numClasses }, random) {
  const count = batch * perImage;
  const side = () => BOX_SIDES.least + (BOX_SIDES.most - BOX_SIDES.least) * random();
  const bboxes = new Float32Array(4 * count);
  for (let i = 0; i < count; i++) {
    const [width, height] = [side(), side()];
    const x = width / 2 + (1 - width) * random();
    const y = height / 2 + (1 - height) * random();
    bboxes.set([x, y, width, height], 4 * i);
  }
  return {
    batchIdx: Int32Array.from({ length: count }, (_, i) => Math.floor(i / perImage)),
    cls: Int32Array.from({ length: count }, () => Math.floor(numClasses * random())),
    bboxes,
  };
}

/**
 * Generates numbers in [0, 1) by a Weyl sequence and a mixing function.
 *
 * @param {number} seed
 */
function uniforms(seed) {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
