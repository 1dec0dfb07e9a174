import { ROTATED_TARGET } from '../../src/backend/programs/criteria/kernels.ts';
import type { RotatedBox } from '../../src/reference/probiou.ts';

/** A rotated box, in pixels and radians, as the numbers of a `RotatedTarget`. */
export function recordOf([x, y, width, height, angle]: RotatedBox): number[] {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const record: number[] = [];
  const { index } = ROTATED_TARGET;
  Object.entries({ x, y, width, height, angle, cos, sin }).forEach(([field, value]) => {
    record[index[field as keyof typeof index]] = value;
  });
  return record;
}
