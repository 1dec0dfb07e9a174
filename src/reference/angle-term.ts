import type { RotatedBox } from './probiou.ts';
import type { Term } from './term.ts';

/** Constant that keeps the ratio of the sides defined. */
const EPS = 1e-9;
/** Squared scale of the logarithm of the sides' ratio, beyond which a slender box counts little. */
const SPREAD = 9;

/**
 * Angle loss of a rotated box: e^(−ln²(w/h)/9) · sin²(2Δ), Δ the difference of the angles. A quarter turn costs nothing.
 *
 * @param angle predicted, radians
 * @param target grid units, radians; constant for the gradient
 * @returns grad with respect to the predicted angle
 */
export function angleTerm(angle: number, [, , width, height, truth]: RotatedBox): Term {
  const slenderness = Math.log((width + EPS) / (height + EPS));
  const weight = Math.exp(-(slenderness ** 2) / SPREAD);
  const difference = angle - truth;
  return {
    value: weight * Math.sin(2 * difference) ** 2,
    grad: 2 * weight * Math.sin(4 * difference),
  };
}
