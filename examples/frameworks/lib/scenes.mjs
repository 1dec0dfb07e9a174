/** Size of a scene, pixels, square. */
export const IMAGE_SIZE = 64;

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
