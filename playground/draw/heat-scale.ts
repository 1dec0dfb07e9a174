import { scoreColour } from '../../examples/lib/score-scale.mjs';

/** Exponent that makes small gradients visible beside the largest, which are hundreds of times as large. */
const CONTRAST = 0.5;
/** Opacity of the smallest and of the largest gradient. */
const [THIN, THICK] = [0, 0.92];

/**
 * Colour of a gradient norm.
 *
 * @param share of the largest norm, 0 to 1
 * @returns red, green, blue, alpha, 0 to 255
 */
export function heatColour(share: number): [number, number, number, number] {
  const seen = share ** CONTRAST;
  const [red, green, blue] = (scoreColour(seen).match(/\d+/g) ?? []).map(Number);
  return [red, green, blue, 255 * (THIN + (THICK - THIN) * seen)];
}
