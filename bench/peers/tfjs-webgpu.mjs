import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';

/**
 * @param {Float32Array} logits
 * @returns {Promise<import('./in-page.mjs').GpuPeer>}
 */
export async function prepare(logits) {
  if (!(await tf.setBackend('webgpu'))) throw new Error('its WebGPU backend did not start');
  const x = tf.tensor1d(logits);
  const labels = tf.zerosLike(x);
  const sum = tf.Reduction.SUM;
  const valueAndGrad = tf.valueAndGrad((/** @type {unknown} */ x) =>
    tf.losses.sigmoidCrossEntropy(labels, x, undefined, 0, sum),
  );
  /** @type {any} */
  let last;
  return {
    adapter: tf.backend().adapterInfo?.architecture ?? '',
    step: async () => {
      if (last) tf.dispose(last);
      last = valueAndGrad(x);
      return (await last.value.data())[0];
    },
    gradient: () => last.grad.data(),
  };
}
