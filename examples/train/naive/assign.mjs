import * as tf from '@tensorflow/tfjs';
import { ciou } from './ciou.mjs';

/** @typedef {{ topk: number, alpha: number, beta: number }} Assigner */

/**
 * Task-aligned assigner (Feng et al., arXiv:2108.07755) on dense tensors of targets × anchors.
 *
 * @param {object} predictions
 * @param {tf.Tensor} predictions.probabilities [B, A, C]
 * @param {tf.Tensor} predictions.boxes [B, A, 4], xyxy, pixels
 * @param {tf.Tensor} anchors [A, 2], pixels
 * @param {{ boxes: tf.Tensor, classes: tf.Tensor }} targets [B, M, 4], xyxy, pixels, 0 where there is none; one-hot [B, M, C]
 * @param {Assigner} assigner
 * @returns {tf.Tensor} [B, A, 4 + C]: of each anchor, its target's box, and its classes' scores
 */
export function assign(predictions, anchors, targets, { topk, alpha, beta }) {
  const inside = isInside(anchors, targets.boxes);
  const overlaps = tf
    .relu(ciou(tf.expandDims(targets.boxes, 2), tf.expandDims(predictions.boxes, 1)))
    .mul(inside);
  const scores = tf.matMul(targets.classes, predictions.probabilities, false, true);
  const alignment = tf.pow(scores, alpha).mul(tf.pow(overlaps, beta)).mul(inside);

  const anchorCount = anchors.shape[0];
  const { indices } = tf.topk(alignment, Math.min(topk, anchorCount));
  const among = tf.sum(tf.oneHot(tf.cast(indices, 'int32'), anchorCount), 2);
  const chosen = tf.cast(tf.logicalAnd(tf.greater(among, 0), tf.greater(alignment, 0)), 'float32');
  const kept = withoutConflicts(chosen, overlaps);

  const largestAlignment = tf.max(alignment.mul(kept), 2, true);
  const largestOverlap = tf.max(overlaps.mul(kept), 2, true);
  const normalised = alignment.mul(kept).mul(largestOverlap).div(largestAlignment.add(1e-9));
  const strength = tf.expandDims(tf.max(normalised, 1), 2);
  const boxes = tf.matMul(kept, targets.boxes, true, false);
  return tf.concat([boxes, tf.matMul(kept, targets.classes, true, false).mul(strength)], 2);
}

/**
 * @param {tf.Tensor} anchors [A, 2]
 * @param {tf.Tensor} boxes [B, M, 4]
 * @returns {tf.Tensor} [B, M, A], 0 or 1
 */
function isInside(anchors, boxes) {
  const [x, y] = tf.unstack(anchors, 1);
  const [left, top, right, bottom] = tf.split(boxes, 4, 2);
  const horizontal = tf.minimum(tf.sub(x, left), tf.sub(right, x));
  const vertical = tf.minimum(tf.sub(y, top), tf.sub(bottom, y));
  return tf.cast(tf.greater(tf.minimum(horizontal, vertical), 1e-9), 'float32');
}

/**
 * Assigns an anchor that several targets chose to the target that it overlaps most.
 *
 * @param {tf.Tensor} chosen [B, M, A]
 * @param {tf.Tensor} overlaps [B, M, A]
 */
function withoutConflicts(chosen, overlaps) {
  const targetCount = chosen.shape[1] ?? 0;
  const best = tf.oneHot(/** @type {tf.Tensor2D} */ (tf.argMax(overlaps, 1)), targetCount);
  const isContested = tf.greater(tf.sum(chosen, 1, true), 1);
  const alone = tf.cast(tf.transpose(best, [0, 2, 1]), 'float32');
  return tf.where(tf.broadcastTo(isContested, /** @type {any} */ (chosen.shape)), alone, chosen);
}
