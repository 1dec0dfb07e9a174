/**
 * Trains a small detector in TensorFlow.js, with its own optimizer. Once: npm ci, here and, with npm run build, in the
 * repository.
 *
 *   node examples/frameworks/tfjs.mjs
 */
import * as tf from '@tensorflow/tfjs';
import { createDetectionLoss } from 'detloss';
import { detectionLoss } from 'detloss/tfjs';
import { drawScenes, IMAGE_SIZE, NUM_CLASSES } from './lib/scenes.mjs';

const REG_MAX = 8;
const STEPS = 10;

await tf.setBackend('cpu');

const criterion = await createDetectionLoss({
  numClasses: NUM_CLASSES,
  regMax: REG_MAX,
  layout: 'nhwc', // as TensorFlow.js
});
const loss = detectionLoss(criterion, tf);

const model = createModel();
const optimizer = tf.train.adam(0.01);
const { pixels, targets } = drawScenes(4);
const images = tf.tensor4d(pixels, [4, IMAGE_SIZE, IMAGE_SIZE, 3]);

for (let step = 1; step <= STEPS; step++) {
  optimizer.minimize(() => {
    const feats = /** @type {tf.Tensor[]} */ (model.apply(images, { training: true }));
    return loss(feats, targets);
  });
  if (step % 5 === 0 || step === 1) printStep(step);
}
console.log(`${tf.memory().numTensors} tensors`);

function createModel() {
  const input = tf.input({ shape: [IMAGE_SIZE, IMAGE_SIZE, 3] });
  const down = (/** @type {tf.SymbolicTensor} */ x, /** @type {number} */ filters, strides = 2) =>
    /** @type {tf.SymbolicTensor} */ (
      tf.layers
        .conv2d({ filters, kernelSize: strides + 1, strides, padding: 'same', activation: 'relu' })
        .apply(x)
    );
  const head = (/** @type {tf.SymbolicTensor} */ x) =>
    /** @type {tf.SymbolicTensor} */ (
      tf.layers.conv2d({ filters: 4 * REG_MAX + NUM_CLASSES, kernelSize: 1 }).apply(x)
    );
  const stride8 = down(down(input, 8, 4), 16);
  const stride16 = down(stride8, 16);
  const stride32 = down(stride16, 16);
  return tf.model({ inputs: input, outputs: [stride8, stride16, stride32].map(head) });
}

/** @param {number} step */
function printStep(step) {
  const { total, items } = /** @type {NonNullable<typeof loss.latest>} */ (loss.latest);
  const shown = Object.entries(items).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  console.log(`step ${step}: loss ${total.toFixed(3)} (${shown.join(', ')})`);
}
