/** What detloss/jax does on a device of jax-js, as figures for a test to judge. */
import { createDetectionLoss } from 'detloss';
import { detectionLoss } from 'detloss/jax';
import { CONFIG, gradOfFactors, solvedProblem, worstL2 } from './lib/problem.mjs';
import { watchTraffic } from './lib/traffic.mjs';

/** @typedef {any} Jax no types: jax-js is installed for the tests alone */

const STEPS = 5;

/**
 * @param {Jax} jax
 * @param {string} device of jax-js
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
  const valueAndGrad = detectionLoss(criterion, jax);
  const feats = problem.feats.map(({ data, shape }) => np.array(data, { shape }));
  const ones = () => problem.feats.map(({ shape }) => np.ones([shape.at(-1)]));
  const model = (/** @type {Jax[]} */ factors, /** @type {Jax[]} */ x) =>
    factors.map((factor, i) => x[i].mul(factor));
  const call = (targets = problem.targets) =>
    valueAndGrad(/** @type {any} */ (model), [ones(), feats.map((feat) => feat.ref)], targets);

  const { total, grads } = /** @type {any} */ (await call());
  const [byFactor, byFeat] = await Promise.all([readAll(grads[0]), readAll(grads[1])]);
  const expected = problem.feats.map((feat, i) => gradOfFactors(feat, problem.grads[i]));
  const unwatch = onGpu ? watchTraffic() : () => ({ bytesUp: 0, bytesDown: 0 });
  for (let step = 0; step < STEPS; step++) jax.tree.dispose((await call()).grads);
  const seen = unwatch();
  const traffic = { up: seen.bytesUp / STEPS, down: seen.bytesDown / STEPS };
  const wrong = { ...problem.targets, cls: problem.targets.cls.map(() => -1) };
  const failure = await call(wrong).then(
    () => 'none',
    ({ code }) => code,
  );
  const references = feats.map((feat) => feat.refCount);
  const dense = problem.feats.reduce((sum, { data }) => sum + data.byteLength, 0);
  jax.tree.dispose(feats);
  criterion.dispose();
  return {
    total: Math.abs(total / problem.total - 1),
    own: worstL2(byFeat, problem.grads),
    chain: worstL2(byFactor, /** @type {any} */ (expected)),
    failure,
    references,
    traffic: { dense, ...traffic },
  };
}

/**
 * @param {Jax[]} arrays
 * @returns {Promise<Float32Array[]>}
 */
function readAll(arrays) {
  return Promise.all(arrays.map((array) => array.data()));
}
