import { scoreColour } from '../../examples/lib/score-scale.mjs';

/** Exponent that lets weak pulls show beside the strongest, which are hundreds of times as strong. */
const CONTRAST = 0.5;
/** Opacity of the weakest and of the strongest. */
const [THIN, THICK] = [0, 0.92];

/**
 * @param share of the strongest pull, 0 to 1
 * @returns red, green, blue, alpha, 0 to 255
 */
export function heatColour(share: number): [number, number, number, number] {
  const seen = share ** CONTRAST;
  const [red, green, blue] = (scoreColour(seen).match(/\d+/g) ?? []).map(Number);
  return [red, green, blue, 255 * (THIN + (THICK - THIN) * seen)];
}
