import * as tf from '@tensorflow/tfjs';
import { REG_MAX, STRIDES } from './model.mjs';
import { batchOf, IMAGE_SIZE, NUM_CLASSES } from './scenes.mjs';

/**
 * @import { Box } from './boxes.mjs'
 * @import { Scene } from './scenes.mjs'
 *
 * @typedef {Box & { label: number, score: number }} Detection
 */

/** Number of images that go through the model together. */
const BATCH = 50;
/** Least score of a detection: a lower one hardly changes the average precision. */
const LEAST_SCORE = 0.01;
/** Largest IoU of two boxes of a class that count as different objects. */
const SAME_OBJECT_IOU = 0.6;
const MOST_DETECTIONS = 100;

/**
 * Detects digits in scenes, the best detection first.
 *
 * @param {tf.LayersModel} model
 * @param {readonly Scene[]} scenes
 * @returns {Detection[][]} a list a scene
 */
export function detect(model, scenes) {
  /** @type {Detection[][]} */
  const found = [];
  for (let start = 0; start < scenes.length; start += BATCH) {
    const batch = scenes.slice(start, start + BATCH);
    const levels = tf.tidy(() => {
      const images = tf.tensor4d(batchOf(batch).pixels, [batch.length, IMAGE_SIZE, IMAGE_SIZE, 1]);
      const feats = /** @type {tf.Tensor4D[]} */ (model.predict(images));
      return feats.map((level) => /** @type {Float32Array} */ (level.dataSync()));
    });
    for (let i = 0; i < batch.length; i++) {
      const candidates = levels.flatMap((level, l) => {
        const length = level.length / batch.length;
        return decodeLevel(level.subarray(i * length, (i + 1) * length), STRIDES[l]);
      });
      found.push(suppress(candidates));
    }
  }
  return found;
}

/**
 * Lists the boxes and scores of a level of one image: one for every cell and class with a sufficient score.
 *
 * @param {Float32Array} level [H, W, 4·regMax + C]
 * @param {number} stride
 * @returns {Detection[]} in pixels
 */
export function decodeLevel(level, stride) {
  const channels = 4 * REG_MAX + NUM_CLASSES;
  const width = IMAGE_SIZE / stride;
  /** @type {Detection[]} */
  const detections = [];
  for (let cell = 0; cell < level.length / channels; cell++) {
    const values = level.subarray(cell * channels, (cell + 1) * channels);
    const scores = values.subarray(4 * REG_MAX).map((logit) => 1 / (1 + Math.exp(-logit)));
    if (Math.max(...scores) < LEAST_SCORE) continue;
    const [x, y] = [(cell % width) + 0.5, Math.floor(cell / width) + 0.5];
    const [left, top, right, bottom] = [0, 1, 2, 3].map((side) => distanceOf(values, side));
    const box = {
      left: (x - left) * stride,
      top: (y - top) * stride,
      right: (x + right) * stride,
      bottom: (y + bottom) * stride,
    };
    scores.forEach((score, label) => {
      if (score >= LEAST_SCORE) detections.push({ ...box, label, score });
    });
  }
  return detections;
}

/**
 * Mean of the bins' indices under their softmax, in cells.
 *
 * @param {Float32Array} values of a cell
 * @param {number} side
 */
function distanceOf(values, side) {
  const logits = values.subarray(side * REG_MAX, (side + 1) * REG_MAX);
  const largest = Math.max(...logits);
  let [sum, weighted] = [0, 0];
  logits.forEach((logit, bin) => {
    const weight = Math.exp(logit - largest);
    sum += weight;
    weighted += weight * bin;
  });
  return weighted / sum;
}

/**
 * Greedy non-maximum suppression, class by class.
 *
 * @param {readonly Detection[]} candidates
 * @returns {Detection[]} best first
 */
export function suppress(candidates) {
  if (candidates.length === 0) return [];
  const kept = tf.tidy(() => {
    // Boxes of different classes are moved apart, so that one call serves all classes
    const boxes = candidates.map(({ left, top, right, bottom, label }) => {
      const shift = 4 * IMAGE_SIZE * label;
      return [top + shift, left + shift, bottom + shift, right + shift];
    });
    const scores = candidates.map(({ score }) => score);
    return tf.image
      .nonMaxSuppression(tf.tensor2d(boxes), tf.tensor1d(scores), MOST_DETECTIONS, SAME_OBJECT_IOU)
      .arraySync();
  });
  return kept.map((i) => candidates[i]);
}
