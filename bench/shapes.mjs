/**
 * Problems the benchmarks run on. The work item is a training step of YOLOv8 at its usual size.
 *
 * @typedef {object} Shape
 * @property {number} batch
 * @property {number} imageSize pixels, square
 * @property {number[]} strides
 * @property {number} regMax
 * @property {number} numClasses
 * @property {number} targets an image
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

/** Class logits of a network some way into its training: most of them low. */
const CLASS_LOGITS = { mean: -4, std: 2 };
const BOX_LOGITS = { mean: 0, std: 1 };
/** Sides of the targets, as a share of the image: 41 % of the anchors end up inside some target. */
const BOX_SIDES = { least: 0.05, most: 0.5 };

/**
 * Predictions and targets of a shape, the same in every run.
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
    const { mean, std } = channel < 4 * regMax ? BOX_LOGITS : CLASS_LOGITS;
    // Four uniforms make a good enough normal, of variance 1/3.
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
 * Numbers in [0, 1): Weyl sequence through a mixing function.
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
