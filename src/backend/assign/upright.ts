import { type Geometry, sidesOf } from './geometry.ts';

/** Upright boxes. A target's record is its sides; it has no candidates unless their sum is above 0. */
export const UPRIGHT: Geometry = {
  name: 'upright',
  boxNumbers: 4,
  candidates: 'uprightCandidates',
  recordNumbers: 4,

  mostRectangles: () => 1,

  recordsOf: sidesOf,

  sidesOf: (_targets, _size, records) => records,
};
