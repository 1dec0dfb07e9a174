import * as ort from 'onnxruntime-web';
import { encodeModel } from './onnx-model.mjs';
import { versionOf } from './version-of.mjs';

/** Graph of value and gradient; onnxruntime-web has no automatic gradients. */
const NODES = [
  { opType: 'Softplus', input: ['x'], output: ['losses'] },
  { opType: 'ReduceSum', input: ['losses'], output: ['sum'] },
  { opType: 'Sigmoid', input: ['x'], output: ['gradient'] },
];

/**
 * @param {Float32Array} logits
 * @returns {Promise<import('./in-node.mjs').Peer>}
 */
export async function prepare(logits) {
  const shapes = { x: [logits.length], sum: [1], gradient: [logits.length] };
  const model = encodeModel(NODES, ['x'], ['sum', 'gradient'], shapes);
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
  const x = new ort.Tensor('float32', logits, [logits.length]);
  /** @type {any} */
  let last;
  return {
    version: await versionOf('onnxruntime-web'),
    step: async () => {
      last = await session.run({ x });
      return last.sum.data[0];
    },
    gradient: () => last.gradient.data,
  };
}
