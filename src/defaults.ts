/** Release of Ultralytics: '8.4' (2026), or '8.3', the loss with which YOLOv8 came out. */
export type Reference = '8.4' | '8.3';
export const REFERENCES: readonly Reference[] = ['8.4', '8.3'];

/** Loss of the distances where `regMax` is 1: L1, or none. */
export type DistanceLoss = 'l1' | 'none';
export const DISTANCE_LOSSES: readonly DistanceLoss[] = ['l1', 'none'];

/** Growth of small targets when their candidates are found; overlaps and losses use the true box. */
export interface SmallTargets {
  /** Length in pixels below which a side grows. */
  below: number;
  /** Length in pixels to which it grows. */
  growTo: number;
}

/** Defaults of single options; nothing else depends on the release. */
export interface Defaults {
  /** @param strides pixels per grid cell of each level */
  smallTargets(strides: readonly number[]): SmallTargets | false;
  distance: DistanceLoss;
}

/** Defaults that the option `reference` selects, for every task with anchors. */
export const DEFAULTS: Readonly<Record<Reference, Defaults>> = {
  '8.4': {
    smallTargets: ([first, second = first]) => ({ below: second, growTo: second }),
    distance: 'l1',
  },
  '8.3': { smallTargets: () => false, distance: 'none' },
};
