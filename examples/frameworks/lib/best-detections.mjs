import { IMAGE_SIZE, NUM_CLASSES } from './scenes.mjs';

const CLASSES = ['red', 'green'];

/**
 * @typedef {object} Level
 * @property {ArrayLike<number>} data
 * @property {readonly number[]} shape [B, H, W, 4·regMax + C]
 */

/**
 * Prints the detection of every image with the highest score, and its IoU with the target.
 *
 * @param {Level[]} levels
 * @param {import('detloss').DetectionTargets} targets one per image
 */
export function printBestDetections(levels, targets) {
  for (let image = 0; image < levels[0].shape[0]; image++) {
    const { name, probability, box } = bestDetection(levels, image);
    const [x, y, width, height] = Array.from({ length: 4 }, (_, k) => {
      return targets.bboxes[4 * image + k] * IMAGE_SIZE;
    });
    const target = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
    const truth = `${CLASSES[targets.cls[image]]} at ${target.join(' ')}`;
    const found = `${name} ${(100 * probability).toFixed(0)} % at ${box.map((side) => side.toFixed(1)).join(' ')}`;
    console.log(
      `image ${image}: ${found}; target ${truth}; IoU ${overlap(box, target).toFixed(2)}`,
    );
  }
}

/**
 * @param {Level[]} levels
 * @param {number} image
 */
function bestDetection(levels, image) {
  let best = { logit: -Infinity, name: '', probability: 0, box: [0, 0, 0, 0] };
  for (const { data, shape } of levels) {
    const [, height, width, channels] = shape;
    const regMax = (channels - NUM_CLASSES) / 4;
    const stride = IMAGE_SIZE / height;
    for (let cell = 0; cell < height * width; cell++) {
      const start = (image * height * width + cell) * channels;
      for (let cls = 0; cls < NUM_CLASSES; cls++) {
        const logit = data[start + 4 * regMax + cls];
        if (logit <= best.logit) continue;
        const sides = [0, 1, 2, 3].map((k) => expectedBin(data, start + k * regMax, regMax));
        const [x, y] = [(cell % width) + 0.5, Math.floor(cell / width) + 0.5];
        const [left, top, right, bottom] = sides;
        const box = [x - left, y - top, x + right, y + bottom].map((side) => side * stride);
        best = { logit, name: CLASSES[cls], probability: 1 / (1 + Math.exp(-logit)), box };
      }
    }
  }
  return best;
}

/**
 * Distance in cells: mean of the bin indices under their softmax.
 *
 * @param {ArrayLike<number>} data
 * @param {number} start
 * @param {number} regMax
 */
function expectedBin(data, start, regMax) {
  const weights = Array.from({ length: regMax }, (_, bin) => Math.exp(data[start + bin]));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return weights.reduce((mean, weight, bin) => mean + (bin * weight) / sum, 0);
}

/**
 * IoU of two boxes, xyxy.
 *
 * @param {number[]} a
 * @param {number[]} b
 */
function overlap(a, b) {
  const area = (/** @type {number[]} */ [x1, y1, x2, y2]) =>
    Math.max(x2 - x1, 0) * Math.max(y2 - y1, 0);
  const common = area([
    Math.max(a[0], b[0]),
    Math.max(a[1], b[1]),
    Math.min(a[2], b[2]),
    Math.min(a[3], b[3]),
  ]);
  return common / (area(a) + area(b) - common);
}
