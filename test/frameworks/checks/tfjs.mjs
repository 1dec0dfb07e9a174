/** Exercises detloss/tfjs on a backend of TensorFlow.js, and returns figures for a test to judge. */
import { createDetectionLoss } from 'detloss';
import { adaptCriterion } from 'detloss/tfjs';
import {
  CONFIG,
  gradOfFactors,
  solvedProblem,
  WIDE_CONFIG,
  widened,
  worstL2,
} from './lib/problem.mjs';
import { watchTraffic } from './lib/traffic.mjs';
import { checkTasks } from './tfjs-tasks.mjs';

/** @typedef {any} Tf no types: TensorFlow.js is installed for the tests alone */

const FACTOR = 3;
const RATE = 0.1;

/**
 * @param {Tf} tf
 * @param {string} backend backend of TensorFlow.js, already initialised
 * @param {{ onGpu?: boolean, steps: number }} options onGpu: the criterion shares the backend's device
 */
export async function checkTfjs(tf, backend, { onGpu = false, steps }) {
  if (!(await tf.setBackend(backend))) throw new Error(`its ${backend} backend did not start`);
  await tf.ready();
  const problem = await solvedProblem();
  const own = onGpu ? { backend: 'webgpu', device: tf.backend().device } : { backend: 'wasm' };
  const config = { ...CONFIG, .../** @type {{ backend: 'wasm' | 'webgpu' }} */ (own) };
  const criterion = await createDetectionLoss(config);
  const loss = adaptCriterion(criterion, tf);
  const feats = problem.feats.map(({ data, shape }) => tf.tensor(data, shape));
  const kit = { tf, loss, problem, feats, steps };
  const facts = {
    atOnce: onGpu ? undefined : await checkAtOnce(kit),
    later: await checkLater(kit),
    refused: onGpu
      ? await codeOf(Promise.resolve().then(() => loss(feats, problem.targets)))
      : undefined,
    traffic: onGpu ? await checkTraffic(kit) : undefined,
    tasks: await checkTasks(tf, { onGpu, steps }),
  };
  tf.dispose(feats);
  criterion.dispose();
  return facts;
}

/** @typedef {{ tf: Tf, loss: any, problem: Awaited<ReturnType<typeof solvedProblem>>, feats: Tf[], steps: number }} Kit */

/** @param {Kit} kit */
async function checkAtOnce(kit) {
  const { tf, loss, problem, feats, steps } = kit;
  const { targets } = problem;
  const untaped = loss(feats, targets);
  const isUntaped = (await untaped.data())[0] === Math.fround(problem.total);
  untaped.dispose();
  const variables = feats.map((feat) => tf.variable(feat));
  const grads = async (/** @type {() => Tf} */ f) => {
    const { value, grads: byName } = tf.variableGrads(f, variables);
    const values = await read(byName, variables);
    tf.dispose([value, byName]);
    return values;
  };
  const own = worstL2(await grads(() => loss(variables, targets)), problem.grads);
  // Two calls in one tape, one of them scaled: the second must not overwrite the first one's gradients
  const both = await grads(() =>
    tf.add(loss(variables, targets), tf.mul(loss(variables, problem.others), FACTOR)),
  );
  const sums = problem.grads.map((grad, l) =>
    grad.map((value, i) => value + FACTOR * problem.otherGrads[l][i]),
  );
  const mixed = worstL2(both, sums);
  const cls = tf.tensor1d([...targets.cls], 'int32');
  const failures = [
    messageOf(() => loss(feats)),
    messageOf(() => tf.variableGrads(() => loss(variables, { ...targets, cls }), variables)),
  ];
  tf.dispose(cls);
  tf.dispose(variables);
  return {
    isUntaped,
    failures,
    items: Object.keys(loss.latest.items),
    own,
    mixed,
    ...(await train(kit, steps)),
  };
}

/**
 * Runs steps of gradient descent.
 *
 * @param {Kit} kit
 * @param {number} steps
 */
async function train({ tf, loss, problem, feats }, steps) {
  const variables = feats.map((feat) => tf.variable(feat));
  const optimizer = tf.train.sgd(RATE);
  const tensors = [];
  let moved;
  for (let step = 0; step < steps; step++) {
    optimizer.minimize(() => loss(variables, problem.targets), false, variables);
    moved ??= await Promise.all(variables.map((variable) => variable.data()));
    tensors.push(tf.memory().numTensors);
  }
  tf.dispose(variables);
  const expected = problem.feats.map(({ data }, l) =>
    data.map((value, i) => value - RATE * problem.grads[l][i]),
  );
  return {
    moved: worstL2(/** @type {Float32Array[]} */ (moved), expected),
    tensors: [...new Set(tensors)],
  };
}

/** @param {Kit} kit */
async function checkLater(kit) {
  const { tf, loss, problem, feats, steps } = kit;
  const { targets } = problem;
  const before = tf.memory().numTensors;
  const variables = feats.map((feat) => tf.variable(feat));
  const factors = factorsOf(tf, feats);
  let passes = 0;
  // The model returns its argument, so that its gradients share the memory of the predictions' gradients
  const model = (/** @type {Tf[]} */ x) => x;
  const scaled = (/** @type {Tf[]} */ x) => {
    passes++;
    return x.map((feat, i) => tf.mul(feat, factors[i]));
  };
  const first = await loss.valueAndGrad(model, variables, targets, { variables });
  const second = await loss.valueAndGrad(model, variables, problem.others, { variables });
  const own = worstL2(await read(first.grads, variables), problem.grads);
  const through = await loss.valueAndGrad(scaled, feats, targets, { variables: factors });
  const expected = problem.feats.map((feat, i) => gradOfFactors(feat, problem.grads[i]));
  const chain = worstL2(await read(through.grads, factors), /** @type {any} */ (expected));
  tf.dispose([first.grads, second.grads, through.grads]);
  const tensors = [];
  for (let step = 0; step < Math.min(steps, 10); step++) {
    tf.dispose((await loss.valueAndGrad(scaled, feats, targets, { variables: factors })).grads);
    tensors.push(tf.memory().numTensors);
  }
  const wrong = { ...targets, cls: targets.cls.map(() => -1) };
  const failure = await codeOf(loss.valueAndGrad(scaled, feats, wrong, { variables: factors }));
  const whole = (/** @type {Tf[]} */ x) =>
    scaled(x).map((/** @type {Tf} */ feat) => tf.cast(feat, 'int32'));
  const wholeNumbers = await codeOf(
    loss.valueAndGrad(whole, feats, targets, { variables: factors }),
  );
  const unused = await codeOf(loss.valueAndGrad(model, feats, targets, { variables: factors }));
  tf.dispose([variables, factors]);
  return {
    total: Math.abs(first.total / problem.total - 1),
    own,
    chain,
    passes: passes - tensors.length - 2,
    tensors: [...new Set(tensors)],
    failure,
    wholeNumbers,
    unused: unused === undefined,
    left: tf.memory().numTensors - before,
  };
}

/**
 * Measures the bytes that a step exchanges with the host, also for several times as many predictions and the same targets.
 *
 * @param {Kit} kit
 */
async function checkTraffic({ tf, loss, problem, feats }) {
  const { device } = tf.backend();
  const criterion = await createDetectionLoss({ ...WIDE_CONFIG, backend: 'webgpu', device });
  const wide = widened(problem.feats).map(({ data, shape }) => tf.tensor(data, shape));
  const traffic = {
    narrow: await trafficOf(tf, loss, feats, problem.targets),
    wide: await trafficOf(tf, adaptCriterion(criterion, tf), wide, problem.targets),
  };
  tf.dispose(wide);
  criterion.dispose();
  return traffic;
}

/**
 * @param {Tf} tf
 * @param {any} loss
 * @param {Tf[]} feats
 * @param {object} targets
 */
async function trafficOf(tf, loss, feats, targets) {
  const factors = factorsOf(tf, feats);
  const model = () => feats.map((feat, i) => tf.mul(feat, factors[i]));
  const step = async () => {
    const { grads } = await loss.valueAndGrad(model, null, targets, { variables: factors });
    tf.dispose(grads);
  };
  await step();
  const unwatch = watchTraffic();
  await step();
  const seen = unwatch();
  tf.dispose(factors);
  const dense = feats.reduce((sum, { size }) => sum + 4 * size, 0);
  return { dense, ...seen };
}

/**
 * Creates one variable per level, with one factor per channel.
 *
 * @param {Tf} tf
 * @param {Tf[]} feats
 * @returns {Tf[]}
 */
function factorsOf(tf, feats) {
  return tf.tidy(() => feats.map(({ shape }) => tf.variable(tf.ones([shape.at(-1)]))));
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

/** @param {Promise<unknown>} call */
async function codeOf(call) {
  try {
    await call;
    return 'none';
  } catch (error) {
    return /** @type {{ code?: string }} */ (error).code;
  }
}

/** @param {() => unknown} call */
function messageOf(call) {
  try {
    call();
    return 'none';
  } catch (error) {
    return `${error}`;
  }
}
