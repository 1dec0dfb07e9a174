import { type Geometry, sidesOf } from './geometry.ts';

/** Upright boxes. A target is ignored unless the sum of its corners' four numbers is above 0; its record is its sides. */
export const UPRIGHT: Geometry = {
  name: 'upright',
  boxNumbers: 4,
  candidates: 'uprightCandidates',
  recordNumbers: 4,

  mostRectangles: () => 1,

  recordsOf(targets, size) {
    const records = sidesOf(targets, size);
    for (let i = 0; i < records.length; i += 4) {
      const sum = records[i] + records[i + 1] + records[i + 2] + records[i + 3];
      if (!(sum > 0)) records.fill(0, i, i + 4);
    }
    return records;
  },

  sidesOf: (_targets, _size, records) => records,
};
