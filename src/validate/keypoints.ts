import { describe } from '../describe.ts';
import { TargetError } from '../errors.ts';
import { readTargetTensor } from './target-tensor.ts';
import { MAX_COORDINATE, unitHint } from './targets.ts';
import type { GivenTensor } from './tensor.ts';

/**
 * Copies the targets' keypoints, [N, K, D] or [N, K, 3]. Without a third number all are visible.
 *
 * @param given number of targets N
 * @returns flat [N, K, 3]: x and y normalised, and 1; or zeros for a keypoint that is not visible
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
  const { shape } = (keypoints ?? {}) as GivenTensor;
  const hasVisibility = Array.isArray(shape) && shape[2] === 3;
  const axes = [
    ['N', given],
    ['K', count],
    ['D', hasVisibility ? 3 : numbers],
  ] as const;
  const { data, shape: sizes } = readTargetTensor(name, keypoints, axes);
  const copy = new Float64Array(given * count * 3);
  for (let row = 0; row < given * count; row++) {
    const first = row * sizes[2];
    const [x, y, visibility] = [data[first], data[first + 1], hasVisibility ? data[first + 2] : 1];
    if (visibility === 0) continue;
    const isInside = Math.abs(x) <= MAX_COORDINATE && Math.abs(y) <= MAX_COORDINATE;
    if (Number.isNaN(visibility) || !isInside) {
      const needed = isInside
        ? 'a visibility that is a number'
        : `x and y normalised to the image, at most ${MAX_COORDINATE}, where they are visible`;
      throw new TargetError(
        'TARGET_KEYPOINT',
        `${name} needs ${needed}, got ${describe([x, y, visibility])} for keypoint ${row % count} of target ` +
          `${Math.floor(row / count)}${unitHint([x, y], MAX_COORDINATE, 'pixels')}`,
      );
    }
    copy[3 * row] = x;
    copy[3 * row + 1] = y;
    copy[3 * row + 2] = 1;
  }
  return copy;
}
