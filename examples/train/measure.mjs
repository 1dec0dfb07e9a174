/**
 * Measures time and memory of a loss in this process, and prints them as JSON:
 *
 *   node measure.mjs detloss | naive step | loss | large
 */
import { argv, cpuUsage, memoryUsage, resourceUsage } from 'node:process';
import * as tf from '@tensorflow/tfjs';
import { loadDigits } from './lib/digits.mjs';
import { startEngine } from './lib/engine.mjs';
import { createLoss } from './lib/loss.mjs';
import { REG_MAX, STRIDES } from './lib/model.mjs';
import { batchOf, drawScenes, IMAGE_SIZE, NUM_CLASSES, take } from './lib/scenes.mjs';
import { BATCH, Trainer } from './lib/trainer.mjs';

/**
 * @import { DetectionTargets } from 'detloss'
 * @import { LossName } from './lib/loss.mjs'
 * @import { Scene } from './lib/scenes.mjs'
 *
 * @typedef {{ ms: number, tensorsMB: number, processMB: number }} Figures ms: processor time; MB: peak of all tensors, and growth of the process
 * @typedef {{ batch: number, imageSize: number, numClasses: number, regMax: number, targets: DetectionTargets }} Problem
 */

const SEED = 1;
const WARMUP = 3;
const ROUNDS = 15;
let mostBytes = 0;

/** @type {Record<string, (loss: LossName, scenes: Scene[]) => Promise<() => void>>} */
const WORKLOADS = {
  async step(loss, scenes) {
    const trainer = await Trainer.create(loss, SEED, WARMUP + ROUNDS);
    return () => trainer.step(scenes);
  },
  loss(loss, scenes) {
    const shape = { batch: BATCH, imageSize: IMAGE_SIZE, numClasses: NUM_CLASSES };
    return differentiate(loss, { ...shape, regMax: REG_MAX, targets: batchOf(scenes).targets });
  },
  large(loss) {
    const batch = 4;
    const shape = { batch, imageSize: 640, numClasses: 80, regMax: 16 };
    return differentiate(loss, { ...shape, targets: spreadTargets(batch, 8) });
  },
};

await startEngine();
const scenes = take(drawScenes(await loadDigits('heldOut'), `${SEED}`), BATCH);
const before = memoryUsage.rss();
const [, , loss, workload] = argv;
const run = await WORKLOADS[workload](/** @type {LossName} */ (loss), scenes);
for (let i = 0; i < WARMUP; i++) run();
const times = Array.from({ length: ROUNDS }, () => {
  const start = cpuUsage();
  run();
  const { user, system } = cpuUsage(start);
  return (user + system) / 1000;
});
// maxRSS is in kibibytes
const peak = resourceUsage().maxRSS * 1024;
// tf.profile looks when kernels run, and misses gradients that come after the last kernel
const { peakBytes } = await tf.profile(run);
/** @type {Figures} */
const figures = {
  ms: Math.min(...times),
  tensorsMB: Math.max(peakBytes, mostBytes) / 1e6,
  processMB: (peak - before) / 1e6,
};
console.log(JSON.stringify(figures));

/**
 * Makes a function that computes a loss and its gradient from random predictions, the same at every call.
 *
 * @param {LossName} name
 * @param {Problem} problem
 */
async function differentiate(name, { batch, imageSize, numClasses, regMax, targets }) {
  const loss = await createLoss(name, { numClasses, regMax, strides: STRIDES });
  const feats = STRIDES.map((stride) => {
    const side = imageSize / stride;
    return tf.randomNormal([batch, side, side, 4 * regMax + numClasses], -2, 1, 'float32', SEED);
  });
  const gradients = tf.grads((...feats) => loss(feats, targets));
  return () => {
    const grads = gradients(feats);
    for (const grad of grads) grad.dataSync();
    mostBytes = Math.max(mostBytes, tf.memory().numBytes);
    tf.dispose(grads);
  };
}

/**
 * @param {number} batch
 * @param {number} each
 * @returns {DetectionTargets} boxes of different sizes, spread over the images
 */
function spreadTargets(batch, each) {
  const all = Array.from({ length: batch * each }, (_, i) => i);
  const sideOf = (/** @type {number} */ i) => 0.05 + (i % 7) * 0.07;
  return {
    batchIdx: all.map((i) => Math.floor(i / each)),
    cls: all.map((i) => (7 * i) % 80),
    bboxes: all.flatMap((i) => [
      0.3 + 0.05 * (i % 9),
      0.3 + 0.04 * (i % 11),
      sideOf(i),
      sideOf(i + 3),
    ]),
  };
}
