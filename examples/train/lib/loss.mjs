import * as tf from '@tensorflow/tfjs';
import { createDetectionLoss } from 'detloss';
import { adaptCriterion } from 'detloss/tfjs';
import { createNaiveLoss } from '../naive/naive-loss.mjs';

/**
 * @import { DetectionTargets } from 'detloss'
 *
 * @typedef {'detloss' | 'naive'} LossName
 * @typedef {{ numClasses: number, regMax: number, strides: number[] }} LossOptions
 * @typedef {{ box: number, cls: number, dfl: number }} Items
 *
 * @typedef {{ total: number, items: Items }} LossValue
 * @typedef {((feats: tf.Tensor[], targets: DetectionTargets) => tf.Scalar) & { readonly latest: LossValue | undefined }} Loss
 */

/**
 * @param {LossName} name
 * @param {LossOptions} options
 * @returns {Promise<Loss>} with a gradient, of levels [B, H, W, 4·regMax + C]
 */
export async function createLoss(name, options) {
  if (name === 'naive') return createNaiveLoss(options);
  // The naive loss is that of 8.3
  const criterion = await createDetectionLoss({
    ...options,
    reference: '8.3',
    layout: 'nhwc',
    backend: 'wasm',
  });
  return adaptCriterion(criterion, tf);
}
