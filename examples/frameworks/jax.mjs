/**
 * Trains a small detector in jax-js with Adam, and prints its detections. First run npm ci in this folder, and, in the
 * repository, npm ci and npm run build.
 *
 *   node examples/frameworks/jax.mjs
 */
import * as jax from '@jax-js/jax';
import { createDetectionLoss } from 'detloss';
import { adaptCriterion } from 'detloss/jax';
import { printBestDetections } from './lib/best-detections.mjs';
import { CHANNELS, drawScenes, IMAGE_SIZE, NUM_CLASSES, withPlaces } from './lib/scenes.mjs';

const { numpy: np, nn, random, tree } = jax;
const REG_MAX = 8;
const BATCH = 4;
const WIDTH = 64;
const STEPS = 100;
const RATE = 0.005;
/** Parameters of Adam. */
const [BETA1, BETA2, EPSILON] = [0.9, 0.99, 1e-6];

await jax.init('wasm');
jax.defaultDevice('wasm');

const criterion = await createDetectionLoss({
  numClasses: NUM_CLASSES,
  regMax: REG_MAX,
  layout: 'nhwc',
});
const valueAndGrad = adaptCriterion(criterion, jax);

const { pixels, targets } = drawScenes(BATCH);
const images = np.array(withPlaces(pixels), { shape: [BATCH, IMAGE_SIZE, IMAGE_SIZE, CHANNELS] });

/** Weights of the patches of three levels, and of their heads. */
let params = [
  ...[8 * 8 * CHANNELS, 4 * WIDTH, 4 * WIDTH].map((inputs, i) => weights(i, inputs, WIDTH)),
  ...[8, 16, 32].map((stride) => weights(stride, WIDTH, 4 * REG_MAX + NUM_CLASSES)),
];
let means = params.map(({ ref }) => np.zerosLike(ref));
let squares = tree.ref(means);

for (let step = 1; step <= STEPS; step++) {
  // jax-js consumes its arguments: an array that is needed again is passed as .ref
  const { total, items, grads } = await valueAndGrad(predict, [tree.ref(params)], targets);
  const [grad] = grads;
  means = means.map((mean, i) => mean.mul(BETA1).add(grad[i].ref.mul(1 - BETA1)));
  squares = squares.map((square, i) => square.mul(BETA2).add(np.square(grad[i]).mul(1 - BETA2)));
  params = params.map((own, i) => {
    const deviation = np.sqrt(squares[i].ref).add(EPSILON);
    return own.sub(means[i].ref.div(deviation).mul(RATE));
  });
  if (step % 25 === 0 || step === 1) {
    const shown = Object.entries(items).map(([name, value]) => `${name} ${value.toFixed(3)}`);
    console.log(`step ${step}: loss ${total.toFixed(3)} (${shown.join(', ')})`);
  }
}

const feats = predict(tree.ref(params));
const levels = feats.map(async ({ ref, shape }) => ({ data: await ref.data(), shape }));
printBestDetections(await Promise.all(levels), targets);

/**
 * Predicts at strides 8, 16 and 32, from patches of 8×8 pixels, and then twice from patches of 2×2 features.
 *
 * @param {jax.Array[]} params
 */
function predict(params) {
  const [patches, heads] = [params.slice(0, 3), params.slice(3)];
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
