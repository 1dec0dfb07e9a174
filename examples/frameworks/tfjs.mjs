/**
 * Trains a small detector in TensorFlow.js with its own optimizer, and prints its detections. First run npm ci in this folder, and,
 * in the repository, npm ci and npm run build.
 *
 *   node examples/frameworks/tfjs.mjs
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { createDetectionLoss } from 'detloss';
import { adaptCriterion } from 'detloss/tfjs';
import { printBestDetections } from './lib/best-detections.mjs';
import { CHANNELS, drawScenes, IMAGE_SIZE, NUM_CLASSES, withPlaces } from './lib/scenes.mjs';

const REG_MAX = 8;
const BATCH = 4;
const WIDTH = 64;
const STEPS = 150;

await tf.setBackend('wasm');

const criterion = await createDetectionLoss({
  numClasses: NUM_CLASSES,
  regMax: REG_MAX,
  layout: 'nhwc', // as TensorFlow.js
});
const loss = adaptCriterion(criterion, tf);

const model = createModel();
const optimizer = tf.train.adam(0.005);
const { pixels, targets } = drawScenes(BATCH);
const images = tf.tensor4d(withPlaces(pixels), [BATCH, IMAGE_SIZE, IMAGE_SIZE, CHANNELS]);

for (let step = 1; step <= STEPS; step++) {
  optimizer.minimize(() => {
    const feats = /** @type {tf.Tensor[]} */ (model.apply(images, { training: true }));
    return loss(feats, targets);
  });
  if (step % 50 === 0 || step === 1) printStep(step);
}
console.log(`${tf.memory().numTensors} tensors`);

const feats = /** @type {tf.Tensor[]} */ (model.predict(images));
printBestDetections(
  feats.map((feat) => ({ data: feat.dataSync(), shape: feat.shape })),
  targets,
);

/** Builds a model that predicts at strides 8, 16 and 32. */
function createModel() {
  const input = tf.input({ shape: [IMAGE_SIZE, IMAGE_SIZE, CHANNELS] });
  const stride8 = patches(input, 8);
  const stride16 = patches(stride8, 2);
  const stride32 = patches(stride16, 2);
  const outputs = [stride8, stride16, stride32].map((features) => {
    const head = dense({ units: 4 * REG_MAX + NUM_CLASSES });
    return /** @type {tf.SymbolicTensor} */ (head.apply(features));
  });
  return tf.model({ inputs: input, outputs });
}

/**
 * Convolves adjacent patches by a matrix product, because the wasm backend has no gradient of a convolution's filters.
 *
 * @param {tf.SymbolicTensor} x [B, H, W, c]
 * @param {number} size
 * @returns {tf.SymbolicTensor} [B, H / size, W / size, WIDTH]
 */
function patches(x, size) {
  const [, height, width, channels] = /** @type {number[]} */ (x.shape);
  const [rows, columns] = [height / size, width / size];
  const layers = [
    tf.layers.reshape({ targetShape: [rows, size, columns, size * channels] }),
    tf.layers.permute({ dims: [1, 3, 2, 4] }),
    tf.layers.reshape({ targetShape: [rows, columns, size * size * channels] }),
    dense({ units: WIDTH, activation: 'relu' }),
  ];
  return layers.reduce(
    (features, layer) => /** @type {tf.SymbolicTensor} */ (layer.apply(features)),
    x,
  );
}

/**
 * Makes a dense layer with the same initial weights in every run.
 *
 * @param {{ units: number, activation?: 'relu' }} options
 */
function dense(options) {
  const kernelInitializer = tf.initializers.heNormal({ seed: 1 });
  return tf.layers.dense({ ...options, kernelInitializer });
}

/** @param {number} step */
function printStep(step) {
  const { total, items } = /** @type {NonNullable<typeof loss.latest>} */ (loss.latest);
  const shown = Object.entries(items).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  console.log(`step ${step}: loss ${total.toFixed(3)} (${shown.join(', ')})`);
}
