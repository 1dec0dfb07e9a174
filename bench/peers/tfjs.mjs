import * as tf from '@tensorflow/tfjs';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import { versionOf } from './version-of.mjs';

/**
 * @param {Float32Array} logits
 * @returns {Promise<import('./in-node.mjs').Peer>}
 */
export async function prepare(logits) {
  setThreadsCount(1);
  if (!(await tf.setBackend('wasm'))) throw new Error('its WASM backend did not start');
  const x = tf.tensor1d(logits);
  const labels = tf.zerosLike(x);
  const sum = tf.Reduction.SUM;
  const valueAndGrad = tf.valueAndGrad((/** @type {unknown} */ x) =>
    tf.losses.sigmoidCrossEntropy(labels, x, undefined, 0, sum),
  );
  let last = valueAndGrad(x);
  return {
    version: await versionOf('@tensorflow/tfjs-backend-wasm'),
    step: () => {
      tf.dispose(last);
      last = valueAndGrad(x);
      return last.value.dataSync()[0];
    },
    gradient: () => last.grad.dataSync(),
  };
}
