/** Exercises detloss/jax on a device of jax-js, and returns figures for a test to judge. */
import { createDetectionLoss } from 'detloss';
import { adaptCriterion } from 'detloss/jax';
import { checkTasks } from './jax-tasks.mjs';
import {
  CONFIG,
  gradOfFactors,
  solvedProblem,
  WIDE_CONFIG,
  widened,
  worstL2,
} from './lib/problem.mjs';
import { watchTraffic } from './lib/traffic.mjs';

/** @typedef {any} Jax no types: jax-js is installed for the tests alone */

/**
 * @param {Jax} jax
 * @param {string} device device of jax-js
 */
export async function checkJax(jax, device) {
  if (!(await jax.init(device)).includes(device)) throw new Error(`its ${device} did not start`);
  jax.defaultDevice(device);
  const { numpy: np } = jax;
  const problem = await solvedProblem();
  const onGpu = device === 'webgpu';
  const own = onGpu ? { backend: 'webgpu', device: jax.getWebGPUDevice() } : { backend: 'wasm' };
  const config = { ...CONFIG, .../** @type {{ backend: 'wasm' | 'webgpu' }} */ (own) };
  const criterion = await createDetectionLoss(config);
  const valueAndGrad = adaptCriterion(criterion, jax);
  const feats = problem.feats.map(({ data, shape }) => np.array(data, { shape }));
  const ones = () => problem.feats.map(({ shape }) => np.ones([shape.at(-1)]));
  const model = (/** @type {Jax[]} */ factors, /** @type {Jax[]} */ x) =>
    factors.map((factor, i) => x[i].mul(factor));
  const call = (targets = problem.targets) =>
    valueAndGrad(/** @type {any} */ (model), [ones(), feats.map((feat) => feat.ref)], targets);

  const { total, grads } = /** @type {any} */ (await call());
  const [byFactor, byFeat] = await Promise.all([readAll(grads[0]), readAll(grads[1])]);
  const expected = problem.feats.map((feat, i) => gradOfFactors(feat, problem.grads[i]));
  const wide = widened(problem.feats);
  const traffic = onGpu && {
    narrow: await trafficOf(jax, CONFIG, problem.feats, problem.targets),
    wide: await trafficOf(jax, WIDE_CONFIG, wide, problem.targets),
  };
  const wrong = { ...problem.targets, cls: problem.targets.cls.map(() => -1) };
  const failure = await call(wrong).then(
    () => 'none',
    ({ code }) => code,
  );
  const whole = (/** @type {Jax[]} */ x) => x.map((feat) => feat.astype(np.int32));
  const given = feats.map((feat) => feat.ref);
  const wholeNumbers = await valueAndGrad(
    /** @type {any} */ (whole),
    [given],
    problem.targets,
  ).then(
    () => 'none',
    ({ code }) => code,
  );
  const references = feats.map((feat) => feat.refCount);
  jax.tree.dispose(feats);
  criterion.dispose();
  return {
    total: Math.abs(total / problem.total - 1),
    own: worstL2(byFeat, problem.grads),
    chain: worstL2(byFactor, /** @type {any} */ (expected)),
    failure,
    wholeNumbers,
    references,
    traffic,
    tasks: await checkTasks(jax, onGpu),
  };
}

/**
 * Measures the bytes that a step exchanges with the host.
 *
 * @param {Jax} jax
 * @param {typeof CONFIG} config
 * @param {import('detloss').Tensor[]} feats
 * @param {import('detloss').DetectionTargets} targets
 */
async function trafficOf(jax, config, feats, targets) {
  const { numpy: np, tree } = jax;
  const device = jax.getWebGPUDevice();
  const criterion = await createDetectionLoss({ ...config, backend: 'webgpu', device });
  const valueAndGrad = adaptCriterion(criterion, jax);
  const arrays = feats.map(({ data, shape }) => np.array(data, { shape }));
  let factors = feats.map(({ shape }) => np.ones([shape.at(-1)]));
  const model = (/** @type {Jax[]} */ scales) => scales.map((scale, i) => arrays[i].ref.mul(scale));
  const step = async () => {
    const own = [tree.ref(factors)];
    const { grads } = /** @type {any} */ (
      await valueAndGrad(/** @type {any} */ (model), own, targets)
    );
    factors = factors.map((factor, i) => factor.sub(grads[0][i]));
  };
  // The first steps also compile and upload
  await step();
  await step();
  const unwatch = watchTraffic();
  await step();
  const seen = unwatch();
  tree.dispose([arrays, factors]);
  criterion.dispose();
  return { dense: feats.reduce((sum, { data }) => sum + data.byteLength, 0), ...seen };
}

/**
 * @param {Jax[]} arrays
 * @returns {Promise<Float32Array[]>}
 */
function readAll(arrays) {
  return Promise.all(arrays.map((array) => array.data()));
}
