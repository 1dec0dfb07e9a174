import type { Dense, GroupedTargets, Predictions } from '../inputs.ts';

/** Targets of a head in pixels, computed once a call. */
export interface HeadTargets {
  targets: GroupedTargets;
  /** Boxes, f64 [N, 4], xyxy; of rotated targets, before they are rotated. */
  sides: Float64Array;
  /** Records, f64 [N, n], see `Geometry.recordsOf`. */
  records: Float64Array;
}

export function headTargets(predictions: Predictions<Dense>, targets: GroupedTargets): HeadTargets {
  const { geometry } = predictions;
  const records = geometry.recordsOf(targets, predictions);
  return { targets, sides: geometry.sidesOf(targets, predictions, records), records };
}
