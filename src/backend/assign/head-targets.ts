import type { Dense, GroupedTargets, Predictions } from '../inputs.ts';

/** Targets of a head in pixels, computed once a call. */
export interface HeadTargets {
  targets: GroupedTargets;
  /** Boxes, f64 [N, 4], xyxy; of rotated targets, before they are rotated. */
  sides: Float64Array;
  /** Records, f64 [N, n], see `Geometry.recordsOf`; those of ignore regions are all zeros. */
  records: Float64Array;
  /** Records, of which only those of ignore regions are not all zeros; null: there are no regions. */
  regions: Float64Array | null;
}

export function headTargets(predictions: Predictions<Dense>, targets: GroupedTargets): HeadTargets {
  const { geometry } = predictions;
  const all = geometry.recordsOf(targets, predictions);
  const sides = geometry.sidesOf(targets, predictions, all);
  const { ignore } = targets;
  if (!ignore) return { targets, sides, records: all, regions: null };
  const numbers = geometry.recordNumbers;
  const recordsOf = (flag: number) =>
    all.map((number, i) => (ignore[Math.floor(i / numbers)] === flag ? number : 0));
  return { targets, sides, records: recordsOf(0), regions: recordsOf(1) };
}
