import { blockUntilReady, defaultDevice, init, jit, nn, numpy, valueAndGrad } from '@jax-js/jax';

/**
 * @param {Float32Array} logits
 * @returns {Promise<import('./in-page.mjs').GpuPeer>}
 */
export async function prepare(logits) {
  if (!(await init('webgpu')).includes('webgpu')) {
    throw new Error('its WebGPU backend did not start');
  }
  defaultDevice('webgpu');
  const x = numpy.array(logits);
  const loss = jit(valueAndGrad((/** @type {unknown} */ x) => numpy.sum(nn.softplus(x))));
  /** @type {any} */
  let last;
  return {
    adapter: '',
    step: async () => {
      last?.dispose();
      const [value, grad] = loss(x.ref);
      last = await blockUntilReady(grad);
      return (await value.data())[0];
    },
    gradient: () => last.ref.data(),
  };
}
