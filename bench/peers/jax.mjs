import { blockUntilReady, defaultDevice, init, jit, nn, numpy, valueAndGrad } from '@jax-js/jax';
import { versionOf } from './version-of.mjs';

/**
 * @param {Float32Array} logits
 * @returns {Promise<import('./in-node.mjs').Peer>}
 */
export async function prepare(logits) {
  if (!(await init('wasm')).includes('wasm')) throw new Error('its WASM backend did not start');
  defaultDevice('wasm');
  const x = numpy.array(logits);
  const loss = jit(valueAndGrad((/** @type {unknown} */ x) => numpy.sum(nn.softplus(x))));
  /** @type {any} */
  let last;
  return {
    version: await versionOf('@jax-js/jax'),
    step: async () => {
      last?.dispose();
      // Using an array consumes it, except through `ref`
      const [value, grad] = loss(x.ref);
      last = await blockUntilReady(grad);
      return (await value.data())[0];
    },
    gradient: () => last.ref.data(),
  };
}
