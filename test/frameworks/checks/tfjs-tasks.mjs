/** Exercises detloss/tfjs with every task except detection, and returns figures for a test to judge. */
import { adaptCriterion } from 'detloss/tfjs';
import { gradOfFactors, worstL2 } from './lib/problem.mjs';
import { solvedTasks } from './lib/tasks.mjs';

/**
 * @typedef {any} Tf no types: TensorFlow.js is installed for the tests alone
 * @typedef {import('./lib/tasks.mjs').SolvedTask} SolvedTask
 */

/**
 * @param {Tf} tf its backend is set and ready
 * @param {{ onGpu: boolean, steps: number }} options
 */
export async function checkTasks(tf, { onGpu, steps }) {
  // Not every task has a WebGPU backend: then 'auto' chooses WASM, and tensors are copied to the host
  const own = onGpu ? { backend: 'auto', device: tf.backend().device } : { backend: 'wasm' };
  /** @type {Record<string, unknown>} */
  const found = {};
  for (const task of await solvedTasks()) {
    const criterion = await task.create(own);
    const loss = adaptCriterion(criterion, tf);
    const before = tf.memory().numTensors;
    const atOnce = onGpu ? undefined : await checkAtOnce(tf, loss, task, steps);
    const later = await checkLater(tf, loss, task, steps);
    found[task.name] = { atOnce, later, left: tf.memory().numTensors - before };
    criterion.dispose();
  }
  return found;
}

/**
 * Checks gradients with respect to the predictions, and steps of an optimizer.
 *
 * @param {Tf} tf
 * @param {any} loss
 * @param {SolvedTask} task
 * @param {number} steps
 */
async function checkAtOnce(tf, loss, task, steps) {
  const { leaves, build, targets, options, grads: expected } = task;
  const variables = variablesOf(tf, leaves);
  const forward = () => loss(build(variables), targets, options);
  const { value, grads } = tf.variableGrads(forward, variables);
  const own = worstL2(await read(grads, variables), expected);
  tf.dispose([value, grads]);
  const optimizer = tf.train.sgd(0.01);
  const tensors = new Set();
  for (let step = 0; step < steps; step++) {
    optimizer.minimize(forward, false, variables);
    tensors.add(tf.memory().numTensors);
  }
  optimizer.dispose();
  tf.dispose(variables);
  return { own, tensors: tensors.size };
}

/**
 * Checks gradients with respect to factors that a model multiplies its predictions by.
 *
 * @param {Tf} tf
 * @param {any} loss
 * @param {SolvedTask} task
 * @param {number} steps
 */
async function checkLater(tf, loss, task, steps) {
  const { leaves, build, targets, options, total, grads: byLeaf } = task;
  const x = leaves.map(({ data, shape }) => tf.tensor(data, shape));
  const factors = tf.tidy(() => leaves.map(({ shape }) => tf.variable(tf.ones([shape.at(-1)]))));
  const model = (/** @type {Tf[]} */ given) => ({
    ...build(given.map((leaf, i) => tf.mul(leaf, factors[i]))),
    // As a model returns an optional part that it lacks
    absent: undefined,
  });
  const call = () => loss.valueAndGrad(model, x, targets, { variables: factors, ...options });
  const { total: actual, grads } = await call();
  const expected = leaves.map((leaf, i) => gradOfFactors(leaf, byLeaf[i]));
  const chain = worstL2(await read(grads, factors), /** @type {any} */ (expected));
  tf.dispose(grads);
  const tensors = new Set();
  for (let step = 0; step < Math.min(steps, 10); step++) {
    tf.dispose((await call()).grads);
    tensors.add(tf.memory().numTensors);
  }
  tf.dispose([x, factors]);
  return { total: Math.abs(actual / total - 1), chain, tensors: tensors.size };
}

/**
 * @param {Tf} tf
 * @param {import('detloss').Tensor[]} tensors
 * @returns {Tf[]}
 */
function variablesOf(tf, tensors) {
  return tf.tidy(() => tensors.map(({ data, shape }) => tf.variable(tf.tensor(data, shape))));
}

/**
 * Reads gradients in the order of their variables.
 *
 * @param {Record<string, Tf>} grads by name
 * @param {Tf[]} variables
 * @returns {Promise<Float32Array[]>}
 */
function read(grads, variables) {
  return Promise.all(variables.map(({ name }) => grads[name].data()));
}
