/**
 * Colours of the scores 0, 1/8 … 1: matplotlib's plasma, which is perceptually uniform (CC0).
 * Linear interpolation stays within 5 of 255 of the full table.
 */
const PLASMA = [
  [13, 8, 135],
  [76, 2, 161],
  [126, 3, 168],
  [170, 35, 149],
  [204, 71, 120],
  [230, 108, 92],
  [248, 149, 64],
  [253, 197, 39],
  [240, 249, 33],
];

/**
 * @param {number} score in [0, 1]
 * @returns {string} a CSS colour
 */
export function scoreColour(score) {
  const place = score * (PLASMA.length - 1);
  const below = Math.min(Math.floor(place), PLASMA.length - 2);
  const [from, to] = [PLASMA[below], PLASMA[below + 1]];
  const channels = from.map((channel, k) => channel + (to[k] - channel) * (place - below));
  return `rgb(${channels.map(Math.round)})`;
}
