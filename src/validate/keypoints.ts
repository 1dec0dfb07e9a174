import { describe } from '../describe.ts';
import { TargetError } from '../errors.ts';
import { readTargetTensor } from './target-tensor.ts';
import { MAX_COORDINATE } from './targets.ts';

/**
 * Keypoints of the targets, a copy; where they are not visible x and y are 0.
 *
 * @param given N
 * @returns [N, K, D] flat
 * @throws {ShapeError}
 * @throws {TargetError} TARGET_TYPE, and TARGET_KEYPOINT: coordinates that are not normalised
 */
export function validateKeypoints(
  action: string,
  keypoints: unknown,
  given: number,
  [count, numbers]: readonly [number, number],
): Float64Array {
  const name = `${action}: targets.keypoints`;
  const axes = [
    ['N', given],
    ['K', count],
    ['D', numbers],
  ] as const;
  const { data } = readTargetTensor(name, keypoints, axes);
  const copy = new Float64Array(data.length);
  for (let first = 0; first < data.length; first += numbers) {
    const point = [data[first], data[first + 1], numbers === 3 ? data[first + 2] : 1];
    const isLabelled = point[2] !== 0;
    const isInside = point.slice(0, 2).every((x) => Math.abs(x) <= MAX_COORDINATE);
    if (Number.isNaN(point[2]) || (isLabelled && !isInside)) {
      const row = first / numbers;
      throw new TargetError(
        'TARGET_KEYPOINT',
        `${name} needs x and y normalised to the image (at most ${MAX_COORDINATE}; pixels?) where they are ` +
          `visible, got ${describe(point)} for keypoint ${row % count} of target ${Math.floor(row / count)}`,
      );
    }
    if (!isLabelled) continue;
    for (let d = 0; d < numbers; d++) copy[first + d] = point[d];
  }
  return copy;
}
