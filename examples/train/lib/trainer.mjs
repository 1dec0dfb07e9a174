import * as tf from '@tensorflow/tfjs';
import { createLoss } from './loss.mjs';
import { createModel, REG_MAX, STRIDES } from './model.mjs';
import { batchOf, IMAGE_SIZE, NUM_CLASSES } from './scenes.mjs';

/**
 * @import { Items, Loss, LossName, LossValue } from './loss.mjs'
 * @import { Scene } from './scenes.mjs'
 */

/** Scenes per step. */
export const BATCH = 8;
const RATE = 0.002;
/** Share of the steps during which the learning rate rises. */
const WARMUP = 0.05;

/** A model, its loss and its optimizer: Adam, with a learning rate that first rises and then falls along half a cosine. */
export class Trainer {
  #loss;
  #steps;
  #done = 0;
  #optimizer = tf.train.adam(RATE);

  /**
   * @param {Loss} loss
   * @param {number} seed of the weights
   * @param {number} steps that there will be
   */
  constructor(loss, seed, steps) {
    this.model = createModel(seed);
    this.#loss = loss;
    this.#steps = steps;
  }

  /**
   * @param {LossName} name
   * @param {number} seed
   * @param {number} steps
   */
  static async create(name, seed, steps) {
    const options = { numClasses: NUM_CLASSES, regMax: REG_MAX, strides: STRIDES };
    return new Trainer(await createLoss(name, options), seed, steps);
  }

  /**
   * Trains on one batch.
   *
   * @param {readonly Scene[]} scenes
   * @returns {Items}
   */
  step(scenes) {
    const { pixels, targets } = batchOf(scenes);
    const learningRate = RATE * rateAt(this.#done++, this.#steps);
    // TensorFlow.js declares it public in its other optimizers only
    Object.assign(this.#optimizer, { learningRate });
    this.#optimizer.minimize(() => {
      const images = tf.tensor4d(pixels, [scenes.length, IMAGE_SIZE, IMAGE_SIZE, 1]);
      const feats = /** @type {tf.Tensor[]} */ (this.model.apply(images, { training: true }));
      return this.#loss(feats, targets);
    });
    return /** @type {LossValue} */ (this.#loss.latest).items;
  }
}

/**
 * Share of the full learning rate.
 *
 * @param {number} step
 * @param {number} steps
 */
function rateAt(step, steps) {
  const fall = (1 + Math.cos((Math.PI * step) / steps)) / 2;
  return fall * Math.min((step + 1) / (WARMUP * steps), 1);
}
