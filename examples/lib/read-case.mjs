import { parseSafetensors } from './safetensors.mjs';

/** @import { DetectionItems, DetectionTargets, Tensor } from 'detloss' */

/**
 * @typedef {object} Config
 * @property {number} batchSize
 * @property {number} numClasses
 * @property {number} regMax
 * @property {number[]} strides
 * @property {[height: number, width: number]} imageSize pixels of the network's input
 */

/** @typedef {DetectionItems & { total: number, grads: { l2: number }[] }} Expected computed in float64 */

/**
 * Reads predictions, targets and expected values of a stored case.
 *
 * @param {Uint8Array} bytes a fixture, in safetensors format
 */
export function readCase(bytes) {
  const { tensors, metadata } = parseSafetensors(bytes);
  const stored = JSON.parse(metadata.case);
  /** @type {Config} */
  const config = stored.config;
  /** @type {Expected} */
  const expected = stored.expected;
  const feats = config.strides.map((_, l) => /** @type {Tensor} */ (tensors[`feats.${l}`]));
  const column = (/** @type {string} */ name) =>
    /** @type {Int32Array | Float32Array} */ (tensors[`targets.${name}`].data);
  /** @type {DetectionTargets} */
  const targets = { batchIdx: column('image'), cls: column('class'), bboxes: column('boxes') };
  return { config, expected, feats, targets };
}
