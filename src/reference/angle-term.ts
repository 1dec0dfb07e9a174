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
  // The difference of large angles would lose digits
  const [own, other] = [angle, truth].map((radians) => [Math.cos(radians), Math.sin(radians)]);
  const cos = own[0] * other[0] + own[1] * other[1];
  const sin = own[1] * other[0] - own[0] * other[1];
  const [cosine, sine] = [(cos - sin) * (cos + sin), 2 * sin * cos]; // of 2Δ
  return { value: weight * sine ** 2, grad: 4 * weight * sine * cosine };
}
