import { describe } from '../describe.ts';
import { TargetError } from '../errors.ts';
import { readTargetTensor } from './target-tensor.ts';
import { MAX_COORDINATE } from './targets.ts';

/**
 * Copies the targets' keypoints. Invisible keypoints get x = y = 0.
 *
 * @param given number of targets N
 * @returns flat [N, K, D]
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
    const [x, y, visibility] = [data[first], data[first + 1], numbers === 3 ? data[first + 2] : 1];
    if (visibility === 0) continue;
    const isInside = Math.abs(x) <= MAX_COORDINATE && Math.abs(y) <= MAX_COORDINATE;
    if (Number.isNaN(visibility) || !isInside) {
      const row = first / numbers;
      throw new TargetError(
        'TARGET_KEYPOINT',
        `${name} needs x and y normalised to the image (at most ${MAX_COORDINATE}; pixels?) where they are ` +
          `visible, got ${describe([x, y, visibility])} for keypoint ${row % count} of target ${Math.floor(row / count)}`,
      );
    }
    for (let d = 0; d < numbers; d++) copy[first + d] = data[first + d];
  }
  return copy;
}
