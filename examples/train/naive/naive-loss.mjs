import * as tf from '@tensorflow/tfjs';
import { assign } from './assign.mjs';
import { ciou, constant } from './ciou.mjs';

/**
 * @import { DetectionTargets } from 'detloss'
 * @import { LossOptions, LossValue } from '../lib/loss.mjs'
 */

const GAINS = { box: 7.5, cls: 0.5, dfl: 1.5 };
const ASSIGNER = { topk: 10, alpha: 0.5, beta: 6 };

/**
 * Detection loss written in TensorFlow.js' own operations, on dense tensors of targets × anchors, to compare detloss with.
 *
 * @param {LossOptions} options
 */
export function createNaiveLoss(options) {
  /** @type {LossValue | undefined} */
  let latest;
  /**
   * @param {tf.Tensor[]} feats [B, H, W, 4·regMax + C] a level
   * @param {DetectionTargets} targets
   * @returns {tf.Scalar}
   */
  const loss = (feats, targets) => {
    const items = tf.stack(itemsOf(feats, targets, options));
    const [box, cls, dfl] = items.dataSync();
    const total = tf.sum(items).mul(feats[0].shape[0]);
    latest = { total: (box + cls + dfl) * feats[0].shape[0], items: { box, cls, dfl } };
    return total.asScalar();
  };
  return Object.defineProperty(loss, 'latest', { get: () => latest });
}

/**
 * @param {tf.Tensor[]} feats
 * @param {DetectionTargets} targets
 * @param {LossOptions} options
 */
function itemsOf(feats, targets, { numClasses, regMax, strides }) {
  const [batch, height] = /** @type {[number, number]} */ (/** @type {unknown} */ (feats[0].shape));
  const rows = feats.map((feat) => tf.reshape(feat, [batch, -1, 4 * regMax + numClasses]));
  const [sides, logits] = tf.split(tf.concat(rows, 1), [4 * regMax, numClasses], 2);
  const { centres, cells } = anchorsOf(feats, strides);
  const bins = tf.reshape(sides, [batch, -1, 4, regMax]);
  const distances = tf.sum(tf.softmax(bins).mul(tf.range(0, regMax)), 3);
  const [before, after] = tf.split(distances, 2, 2);
  const boxes = tf.concat([centres.sub(before), centres.add(after)], 2);

  const imageSize = height * strides[0];
  const assigned = constant(() => {
    const predictions = { probabilities: tf.sigmoid(logits), boxes: boxes.mul(cells) };
    const padded = padTargets(targets, batch, imageSize, numClasses);
    return assign(predictions, centres.mul(cells), padded, ASSIGNER);
  });
  const [targetBoxes, scores] = tf.split(assigned, [4, numClasses], 2);
  const wanted = targetBoxes.div(cells);

  const normalizer = tf.maximum(tf.sum(scores), 1);
  const weights = tf.sum(scores, 2).div(normalizer);
  const box = tf.sum(tf.sub(1, ciou(wanted, boxes)).mul(weights));
  const cls = tf.losses.sigmoidCrossEntropy(scores, logits, undefined, 0, tf.Reduction.SUM);
  const dfl = tf.sum(dflOf(bins, distancesTo(centres, wanted), regMax).mul(weights));
  return [box.mul(GAINS.box), tf.div(cls, normalizer).mul(GAINS.cls), dfl.mul(GAINS.dfl)];
}

/**
 * Distribution focal loss (Li et al., arXiv:2006.04388): cross-entropy with the two bins beside a distance.
 *
 * @param {tf.Tensor} bins [B, A, 4, R], logits
 * @param {tf.Tensor} distances [B, A, 4], cells
 * @param {number} regMax
 * @returns {tf.Tensor} [B, A], the mean over sides
 */
function dflOf(bins, distances, regMax) {
  const clamped = tf.clipByValue(distances, 0, regMax - 1 - 0.01);
  const lower = tf.floor(clamped);
  const share = tf.expandDims(clamped.sub(lower), 3);
  const index = tf.cast(lower, 'int32');
  const target = tf
    .oneHot(index, regMax)
    .mul(tf.sub(1, share))
    .add(tf.oneHot(index.add(tf.scalar(1, 'int32')), regMax).mul(share));
  return tf.mean(tf.neg(tf.sum(tf.logSoftmax(bins).mul(target), 3)), 2);
}

/**
 * @param {tf.Tensor} centres [A, 2]
 * @param {tf.Tensor} boxes [B, A, 4], xyxy
 */
function distancesTo(centres, boxes) {
  const [topLeft, bottomRight] = tf.split(boxes, 2, 2);
  return tf.concat([tf.sub(centres, topLeft), bottomRight.sub(centres)], 2);
}

/**
 * Computes the centres of cells [A, 2], in cells, and the sides of cells [A, 1], in pixels.
 *
 * @param {tf.Tensor[]} feats
 * @param {readonly number[]} strides
 */
function anchorsOf(feats, strides) {
  const centres = [];
  const cells = [];
  for (const [level, { shape }] of feats.entries()) {
    const [, height, width] = /** @type {[number, number, number]} */ (shape);
    for (let i = 0; i < height * width; i++) {
      centres.push([(i % width) + 0.5, Math.floor(i / width) + 0.5]);
      cells.push([strides[level]]);
    }
  }
  return { centres: tf.tensor2d(centres), cells: tf.tensor2d(cells) };
}

/**
 * @param {DetectionTargets} targets
 * @param {number} batch
 * @param {number} imageSize
 * @param {number} numClasses
 */
function padTargets({ batchIdx, cls, bboxes }, batch, imageSize, numClasses) {
  /** @type {number[][]} */
  const ofImage = Array.from({ length: batch }, () => []);
  for (let i = 0; i < batchIdx.length; i++) ofImage[batchIdx[i]].push(i);
  const most = Math.max(1, ...ofImage.map(({ length }) => length));
  const boxes = new Float32Array(batch * most * 4);
  const classes = new Float32Array(batch * most * numClasses);
  ofImage.forEach((indices, image) => {
    indices.forEach((i, place) => {
      const [x, y, width, height] = [0, 1, 2, 3].map((axis) => bboxes[4 * i + axis] * imageSize);
      const edges = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
      const row = image * most + place;
      boxes.set(edges, 4 * row);
      classes[row * numClasses + cls[i]] = 1;
    });
  });
  return {
    boxes: tf.tensor3d(boxes, [batch, most, 4]),
    classes: tf.tensor3d(classes, [batch, most, numClasses]),
  };
}
