/**
 * Trains a small detector in jax-js, by plain gradient descent. Once: npm ci, here and, with npm run build, in the
 * repository.
 *
 *   node examples/frameworks/jax.mjs
 */
import * as jax from '@jax-js/jax';
import { createDetectionLoss } from 'detloss';
import { detectionLoss } from 'detloss/jax';
import { drawScenes, IMAGE_SIZE, NUM_CLASSES } from './lib/scenes.mjs';

const { numpy: np, nn, random, tree } = jax;
const REG_MAX = 8;
const BATCH = 4;
const WIDTH = 32;
const STEPS = 30;
const RATE = 0.004;

await jax.init('wasm');
jax.defaultDevice('wasm');

const criterion = await createDetectionLoss({
  numClasses: NUM_CLASSES,
  regMax: REG_MAX,
  layout: 'nhwc',
});
const valueAndGrad = detectionLoss(criterion, jax);

const { pixels, targets } = drawScenes(BATCH);
const images = np.array(pixels, { shape: [BATCH, IMAGE_SIZE, IMAGE_SIZE, 3] });

/** @typedef {{ patches: jax.Array[], heads: jax.Array[] }} Params */
/** @type {Params} */
let params = {
  patches: [8 * 8 * 3, 4 * WIDTH, 4 * WIDTH].map((inputs, i) => weights(i, inputs, WIDTH)),
  heads: [8, 16, 32].map((stride) => weights(stride, WIDTH, 4 * REG_MAX + NUM_CLASSES)),
};

for (let step = 1; step <= STEPS; step++) {
  // jax-js uses arrays up: what is needed again is handed over as .ref
  const { total, items, grads } = await valueAndGrad(predict, [tree.ref(params)], targets);
  params = update(params, grads[0]);
  if (step % 5 === 0 || step === 1) {
    const shown = Object.entries(items).map(([name, value]) => `${name} ${value.toFixed(3)}`);
    console.log(`step ${step}: loss ${total.toFixed(3)} (${shown.join(', ')})`);
  }
}

/**
 * Predictions at strides 8, 16 and 32, of patches of 8×8 pixels and twice of 2×2 features.
 *
 * @param {Params} params
 */
function predict({ patches, heads }) {
  let features = images.ref;
  const feats = [];
  for (const [level, size] of [8, 2, 2].entries()) {
    features = nn.relu(np.matmul(patchesOf(features, size), patches[level]));
    feats.push(np.matmul(features.ref, heads[level]));
  }
  features.dispose();
  return feats;
}

/**
 * @param {jax.Array} features [B, H, W, c]
 * @param {number} size
 * @returns {jax.Array} [B, H / size, W / size, size² · c]
 */
function patchesOf(features, size) {
  const [batch, height, width, channels] = features.shape;
  const [rows, columns] = [height / size, width / size];
  return features
    .reshape([batch, rows, size, columns, size, channels])
    .transpose([0, 1, 3, 2, 4, 5])
    .reshape([batch, rows, columns, size * size * channels]);
}

/**
 * @param {number} seed
 * @param {number} inputs
 * @param {number} outputs
 */
function weights(seed, inputs, outputs) {
  return random.normal(random.key(seed), [inputs, outputs]).mul(1 / Math.sqrt(inputs));
}

/**
 * @param {Params} params
 * @param {Params} grads
 * @returns {Params}
 */
function update({ patches, heads }, grads) {
  const step = (/** @type {jax.Array[]} */ own, /** @type {jax.Array[]} */ by) =>
    own.map((array, i) => array.sub(by[i].mul(RATE / BATCH)));
  return { patches: step(patches, grads.patches), heads: step(heads, grads.heads) };
}
