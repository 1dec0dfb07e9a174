import * as tf from '@tensorflow/tfjs';
import { IMAGE_SIZE, NUM_CLASSES } from './scenes.mjs';

/**
 * @typedef {tf.SymbolicTensor} Features [B, H, W, c]
 *
 * @typedef {(x: Features, filters: number, options?: ConvolutionOptions) => Features} Convolve 3×3 with ReLU, unless said otherwise
 * @typedef {{ kernelSize?: number, strides?: number, bias?: number, linear?: boolean }} ConvolutionOptions
 */

/** DFL bins per side. */
export const REG_MAX = 8;
export const STRIDES = [8, 16, 32];

/** Channels at strides 2, 4, 8, 16 and 32. */
const WIDTHS = [16, 32, 64, 64, 96];
/** Channels of every level after the neck, and in a branch of the head. */
const NECK = 48;
const BRANCH = 48;
/** Initial probability of every class in every cell (Lin et al., arXiv:1708.02002). */
const PRIOR = 0.01;

/**
 * Builds a detector of three levels like YOLOv8's: a backbone, a neck that passes features of coarser levels to finer ones, and
 * a head with a branch for boxes (DFL) and one for classes. It needs no batch normalisation, as the network is shallow.
 *
 * Input [B, 96, 96, 1], outputs [B, 96/s, 96/s, 4·regMax + C] for each stride s.
 *
 * @param {number} seed
 */
export function createModel(seed) {
  const convolve = convolutions(seed);
  const input = tf.input({ shape: [IMAGE_SIZE, IMAGE_SIZE, 1] });
  const levels = connectNeck(connectBackbone(input, convolve), convolve);
  const outputs = levels.map((level) => connectHead(level, convolve));
  return tf.model({ inputs: input, outputs });
}

/**
 * @param {Features} image
 * @param {Convolve} convolve
 * @returns {Features[]} one level per stride
 */
function connectBackbone(image, convolve) {
  let features = image;
  const levels = WIDTHS.map((width, i) => {
    features = convolve(features, width, { strides: 2 });
    if (i > 0) features = convolve(features, width);
    return features;
  });
  return levels.slice(-STRIDES.length);
}

/**
 * @param {Features[]} levels finest first
 * @param {Convolve} convolve
 */
function connectNeck(levels, convolve) {
  /** @type {Features[]} */
  const necks = [];
  for (const level of levels.toReversed()) {
    const own = convolve(level, NECK, { kernelSize: 1 });
    if (necks.length === 0) necks.push(own);
    else {
      const coarser = apply(tf.layers.upSampling2d({ size: [2, 2] }), necks[0]);
      necks.unshift(convolve(apply(tf.layers.concatenate(), [own, coarser]), NECK));
    }
  }
  return necks;
}

/**
 * @param {Features} level
 * @param {Convolve} convolve
 */
function connectHead(level, convolve) {
  const output = { kernelSize: 1, linear: true };
  const boxes = convolve(convolve(level, BRANCH), 4 * REG_MAX, output);
  const bias = Math.log(PRIOR / (1 - PRIOR));
  const classes = convolve(convolve(level, BRANCH), NUM_CLASSES, { ...output, bias });
  return apply(tf.layers.concatenate(), [boxes, classes]);
}

/**
 * @param {number} seed for all filters
 * @returns {Convolve}
 */
function convolutions(seed) {
  let count = 0;
  return (x, filters, { kernelSize = 3, strides = 1, bias = 0, linear = false } = {}) => {
    const initializer = linear ? 'glorotUniform' : 'heNormal';
    count++;
    const layer = tf.layers.conv2d({
      filters,
      kernelSize,
      strides,
      padding: 'same',
      activation: linear ? 'linear' : 'relu',
      kernelInitializer: tf.initializers[initializer]({ seed: 1000 * seed + count }),
      biasInitializer: tf.initializers.constant({ value: bias }),
    });
    return apply(layer, x);
  };
}

/**
 * @param {tf.layers.Layer} layer
 * @param {Features | Features[]} x
 */
function apply(layer, x) {
  return /** @type {Features} */ (layer.apply(x));
}
