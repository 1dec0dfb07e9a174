/**
 * @import { Digit } from './digits.mjs'
 * @import { Box } from './boxes.mjs'
 *
 * @typedef {object} Canvas
 * @property {Float32Array} pixels [side, side], 0 to 1
 * @property {number} side
 */

/** Corners of a square between four samples. */
const CORNERS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
];

/**
 * Fills a box with a digit, as ink over the existing picture.
 *
 * @param {Canvas} canvas
 * @param {Digit} digit
 * @param {Box} box in pixels, not necessarily whole ones
 * @param {number} level of its ink
 */
export function paintDigit(canvas, digit, { left, top, right, bottom }, level) {
  const scale = { x: digit.width / (right - left), y: digit.height / (bottom - top) };
  paint(canvas, { left, top, right, bottom }, level, (x, y) =>
    inkAt(digit, (x - left) * scale.x - 0.5, (y - top) * scale.y - 0.5),
  );
}

/**
 * @param {Canvas} canvas
 * @param {{ x: number, y: number }} from
 * @param {{ x: number, y: number }} to
 * @param {number} width
 * @param {number} level
 */
export function paintStroke(canvas, from, to, width, level) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const squared = dx * dx + dy * dy;
  const reach = width / 2 + 1;
  const bounds = {
    left: Math.min(from.x, to.x) - reach,
    top: Math.min(from.y, to.y) - reach,
    right: Math.max(from.x, to.x) + reach,
    bottom: Math.max(from.y, to.y) + reach,
  };
  paint(canvas, bounds, level, (x, y) => {
    const along = ((x - from.x) * dx + (y - from.y) * dy) / squared;
    const nearest = Math.min(Math.max(along, 0), 1);
    const distance = Math.hypot(x - from.x - nearest * dx, y - from.y - nearest * dy);
    return Math.min(Math.max(width / 2 + 0.5 - distance, 0), 1);
  });
}

/**
 * @param {Canvas} canvas
 * @param {Box} bounds
 * @param {number} level
 * @param {(x: number, y: number) => number} cover 0 to 1, at the centre of a pixel
 */
function paint({ pixels, side }, { left, top, right, bottom }, level, cover) {
  for (let row = Math.max(Math.floor(top), 0); row < Math.min(bottom, side); row++) {
    for (let column = Math.max(Math.floor(left), 0); column < Math.min(right, side); column++) {
      const i = row * side + column;
      pixels[i] += (level - pixels[i]) * cover(column + 0.5, row + 0.5);
    }
  }
}

/**
 * Samples bilinearly; outside there is no ink.
 *
 * @param {Digit} digit
 * @param {number} x
 * @param {number} y 0: the centre of the first row
 */
function inkAt({ ink, width, height }, x, y) {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  let sum = 0;
  for (const [dx, dy] of CORNERS) {
    const [i, j] = [column + dx, row + dy];
    if (i < 0 || j < 0 || i >= width || j >= height) continue;
    sum += ink[j * width + i] * (1 - Math.abs(x - i)) * (1 - Math.abs(y - j));
  }
  return sum / 255;
}
