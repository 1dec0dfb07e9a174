import type { Angle } from './generated/shared.ts';

/** Units of `Angle` in a quarter turn. */
const COARSE = 2 ** 30;
const FINE = 2 ** 24;

/** An angle in radians as shaders have it: modulo a turn, in integers. */
export function angleOf(radians: number): Angle {
  const units = (radians / (Math.PI / 2)) * COARSE;
  const coarse = Math.round(units);
  return { coarse, fine: Math.round((units - coarse) * FINE) };
}
