/** Size of a scene, pixels, square. */
export const IMAGE_SIZE = 64;

/** The finest stride, pixels. */
const CELL = 8;

/** Red, green: the classes. */
export const NUM_CLASSES = 2;

/**
 * Images of a coloured rectangle each on black, and where it is.
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

/** Of an image with places: red, green, blue, and x, y in cells of the finest stride. */
export const CHANNELS = 5;

/**
 * The images with two more channels that say where a pixel is (Liu et al., arXiv:1807.03247): networks whose patches lie
 * side by side cannot tell otherwise.
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
