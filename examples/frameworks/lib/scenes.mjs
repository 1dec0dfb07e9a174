/** Width and height of a scene, in pixels. */
export const IMAGE_SIZE = 64;

/** Finest stride, in pixels. */
const CELL = 8;

/** Colours of the two classes: red and green. */
export const NUM_CLASSES = 2;

/**
 * Draws images of one coloured rectangle each on black, with the rectangle as target.
 *
 * @param {number} count B
 * @returns {{ pixels: Float32Array<ArrayBuffer>, targets: import('detloss').DetectionTargets }} pixels [B, 64, 64, 3], 0 to 1
 */
export function drawScenes(count) {
  const pixels = new Float32Array(count * IMAGE_SIZE * IMAGE_SIZE * 3);
  const batchIdx = [];
  const cls = [];
  const bboxes = [];
  for (let image = 0; image < count; image++) {
    const [width, height] = [16 + 8 * (image % 3), 32 - 8 * (image % 2)];
    const [left, top] = [(13 * image) % (IMAGE_SIZE - width), (29 * image) % (IMAGE_SIZE - height)];
    const channel = image % NUM_CLASSES;
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) {
        pixels[((image * IMAGE_SIZE + y) * IMAGE_SIZE + x) * 3 + channel] = 1;
      }
    }
    batchIdx.push(image);
    cls.push(channel);
    const box = [left + width / 2, top + height / 2, width, height];
    bboxes.push(...box.map((length) => length / IMAGE_SIZE));
  }
  return { pixels, targets: { batchIdx, cls, bboxes } };
}

/** Channels of an image with positions: red, green, blue, and x, y in cells of the finest stride. */
export const CHANNELS = 5;

/**
 * Adds two channels with the position of each pixel (Liu et al., arXiv:1807.03247), which a network of disjoint patches cannot
 * know otherwise.
 *
 * @param {Float32Array} pixels [B, 64, 64, 3]
 * @returns {Float32Array<ArrayBuffer>} [B, 64, 64, 5]
 */
export function withPlaces(pixels) {
  const all = new Float32Array((pixels.length / 3) * CHANNELS);
  for (let pixel = 0; pixel < pixels.length / 3; pixel++) {
    const [x, y] = [pixel % IMAGE_SIZE, Math.floor(pixel / IMAGE_SIZE) % IMAGE_SIZE];
    all.set(pixels.subarray(3 * pixel, 3 * pixel + 3), CHANNELS * pixel);
    all.set([x / CELL, y / CELL], CHANNELS * pixel + 3);
  }
  return all;
}
