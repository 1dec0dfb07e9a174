/**
 * A box by its edges, in pixels.
 *
 * @typedef {{ left: number, top: number, right: number, bottom: number }} Box
 */

/** @param {Box} box */
export function areaOf({ left, top, right, bottom }) {
  return (right - left) * (bottom - top);
}

/**
 * @param {Box} a
 * @param {Box} b
 */
export function commonArea(a, b) {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return Math.max(width, 0) * Math.max(height, 0);
}

/**
 * Intersection over union of two boxes.
 *
 * @param {Box} a
 * @param {Box} b
 */
export function iouOf(a, b) {
  const common = commonArea(a, b);
  return common / (areaOf(a) + areaOf(b) - common);
}
