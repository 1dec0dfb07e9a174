import { ROTATED_TARGET } from '../programs/criteria/kernels.ts';
import { type Geometry, sidesOf } from './geometry.ts';

const NUMBERS = ROTATED_TARGET.bytes / 8;
const AT = ROTATED_TARGET.index;

/**
 * Rotated boxes. A target's record is a `RotatedTarget`; it has no candidates unless the sum of its five numbers, in pixels
 * and radians, is above 0. They are a run of cells in each row of a level's grid.
 */
export const ROTATED: Geometry = {
  name: 'rotated',
  boxNumbers: 5,
  candidates: 'rotatedCandidates',
  recordNumbers: NUMBERS,

  mostRectangles: ({ height }) => height,

  recordsOf({ boxes, angles }, { imageWidth, imageHeight }) {
    const records = new Float64Array(NUMBERS * angles.length);
    angles.forEach((angle, n) => {
      const [x, width] = [boxes[4 * n] * imageWidth, boxes[4 * n + 2] * imageWidth];
      const [y, height] = [boxes[4 * n + 1] * imageHeight, boxes[4 * n + 3] * imageHeight];
      const at = NUMBERS * n;
      records[at + AT.x] = x;
      records[at + AT.y] = y;
      records[at + AT.width] = width;
      records[at + AT.height] = height;
      records[at + AT.angle] = angle;
      records[at + AT.cos] = Math.cos(angle);
      records[at + AT.sin] = Math.sin(angle);
    });
    return records;
  },

  sidesOf,
};
