import type { Box } from '../box-terms.ts';
import { cornersOf } from './overlap.ts';
import type { CentreBox } from './targets.ts';

/** Parameters of D-FINE's bins. */
export interface BinOptions {
  /** R, even; there are R + 1 bins. */
  regMax: number;
  up: number;
  regScale: number;
}

/**
 * Distances that D-FINE's bins stand for: fine near 0, coarse outside, −2a and 2a at the ends.
 *
 * a = |up · regScale|; the inner ones are ±(step^k − 1), step = (a + 1)^(2 / (R − 2)).
 *
 * @returns [R + 1], ascending
 * Source: arXiv:2410.13842, eq. 4
 */
export function binValues({ regMax, up, regScale }: BinOptions): number[] {
  const half = regMax / 2;
  const most = Math.abs(up * regScale);
  const step = (most + 1) ** (2 / (regMax - 2));
  return Array.from({ length: regMax + 1 }, (_, k) => {
    const size = Math.abs(k - half);
    return Math.sign(k - half) * (size === half ? 2 * most : step ** size - 1);
  });
}

/**
 * Distances of a target's sides from a reference box: left, top, right, bottom, in units of the reference's size / s,
 * less s / 2, where s = |regScale|.
 */
export function sideDistances(
  [x, y, width, height]: CentreBox,
  target: CentreBox,
  regScale: number,
): Box {
  const s = Math.abs(regScale);
  const [x1, y1, x2, y2] = cornersOf(target);
  const [unitX, unitY] = [width / s + 1e-16, height / s + 1e-16];
  const inUnits = (distance: number, unit: number) => distance / unit - s / 2;
  return [
    inUnits(x - x1, unitX),
    inUnits(y - y1, unitY),
    inUnits(x2 - x, unitX),
    inUnits(y2 - y, unitY),
  ];
}

/**
 * Weights of the two bins around a distance, by nearness; beyond the ends all is in the end's bin.
 *
 * @returns [R + 1]
 */
export function binWeights(values: readonly number[], distance: number): number[] {
  const weights = new Array(values.length).fill(0);
  const last = values.length - 1;
  const below = values.filter((value) => value <= distance).length - 1;
  if (below < 0) weights[0] = 1;
  else if (below >= last) weights[last] = 1;
  else {
    const toLower = Math.abs(distance - values[below]);
    const toUpper = Math.abs(values[below + 1] - distance);
    const upper = toLower / (toLower + toUpper);
    weights[below] = 1 - upper;
    weights[below + 1] = upper;
  }
  return weights;
}
