/** Largest power that is computed by multiplication; a higher one needs a logarithm. */
const WHOLE_POWERS = 8;

/** Splits a power into a whole number of multiplications and a rest that needs a logarithm. */
export function splitPower(power: number): [whole: number, rest: number] {
  const whole = power <= WHOLE_POWERS ? Math.floor(power) : 0;
  return [whole, power - whole];
}
