/** Exercises detloss/jax with every task except detection, and returns figures for a test to judge. */
import { adaptCriterion } from 'detloss/jax';
import { gradOfFactors, worstL2 } from './lib/problem.mjs';
import { solvedTasks } from './lib/tasks.mjs';

/** @typedef {any} Jax no types: jax-js is installed for the tests alone */

/**
 * @param {Jax} jax its default device is set
 * @param {boolean} onGpu
 */
export async function checkTasks(jax, onGpu) {
  // Not every task has a WebGPU backend: then 'auto' chooses WASM, and arrays are copied to the host
  const own = onGpu ? { backend: 'auto', device: jax.getWebGPUDevice() } : { backend: 'wasm' };
  /** @type {Record<string, unknown>} */
  const found = {};
  for (const task of await solvedTasks()) {
    const criterion = await task.create(own);
    found[task.name] = await checkTask(jax, adaptCriterion(criterion, jax), task);
    criterion.dispose();
  }
  return found;
}

/**
 * @param {Jax} jax
 * @param {any} valueAndGrad
 * @param {import('./lib/tasks.mjs').SolvedTask} task
 */
async function checkTask({ numpy: np }, valueAndGrad, task) {
  const { leaves, build, targets, options, total, grads } = task;
  const arrays = leaves.map(({ data, shape }) => np.array(data, { shape }));
  const factors = leaves.map(({ shape }) => np.ones([shape.at(-1)]));
  const model = (/** @type {Jax[]} */ scales, /** @type {Jax[]} */ x) =>
    build(x.map((leaf, i) => leaf.mul(scales[i])));
  const primals = [factors, arrays.map((array) => array.ref)];
  const result = await valueAndGrad(model, primals, targets, options);
  const [byFactor, byLeaf] = await Promise.all(result.grads.map(readAll));
  const expected = leaves.map((leaf, i) => gradOfFactors(leaf, grads[i]));
  const references = new Set(arrays.map((array) => array.refCount));
  for (const array of arrays) array.dispose();
  return {
    total: Math.abs(result.total / total - 1),
    own: worstL2(byLeaf, grads),
    chain: worstL2(byFactor, /** @type {any} */ (expected)),
    references: [...references],
  };
}

/**
 * @param {Jax[]} arrays
 * @returns {Promise<Float32Array[]>}
 */
function readAll(arrays) {
  return Promise.all(arrays.map((array) => array.data()));
}
