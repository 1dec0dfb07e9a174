/** Powers that are multiplied out; a higher one goes through a logarithm. */
const WHOLE_POWERS = 8;

/** A power in two parts: how often to multiply, and what is left to a logarithm. */
export function splitPower(power: number): [whole: number, rest: number] {
  const whole = power <= WHOLE_POWERS ? Math.floor(power) : 0;
  return [whole, power - whole];
}
