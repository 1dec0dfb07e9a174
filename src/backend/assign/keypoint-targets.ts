import type { Dense, GroupedTargets, Predictions } from '../inputs.ts';
import type { Arena } from '../runtime/arena.ts';
import type { KeypointInputs } from '../task-inputs.ts';
import { evenCount, type ImagePositives, runsByLevel } from './positives.ts';

/**
 * Writes the keypoints that are the targets of positives, in grid units, padded with zeros.
 *
 * @param to addresses of f64 [K·3, even P], factor times the x and y that hit and 1 where the keypoint is visible; and of
 *   f64 [even P], areas of the targets' boxes
 */
export function gatherKeypointTargets(
  { f64 }: Arena,
  { predictions, targets }: { predictions: Predictions<Dense>; targets: GroupedTargets },
  { count, decode, truth: { keypoints } }: Pick<KeypointInputs, 'count' | 'decode' | 'truth'>,
  positives: ImagePositives,
  to: { targets: number; areas: number },
): void {
  const { levels, imageWidth, imageHeight } = predictions;
  const { image, anchors } = positives;
  const columns = evenCount(anchors.length);
  const [first, areas] = [to.targets >>> 3, to.areas >>> 3];
  for (let row = 1; row <= 3 * count; row++) f64[first + row * columns - 1] = 0;
  f64[areas + columns - 1] = 0;
  for (const { level, start, end } of runsByLevel(levels, anchors)) {
    const { firstAnchor, width, stride } = level;
    for (let i = start; i < end; i++) {
      const cell = anchors[i] - firstAnchor;
      const x = (cell % width) + 0.5 + decode.offset;
      const y = Math.floor(cell / width) + 0.5 + decode.offset;
      const row = targets.offsets[image] + positives.targets[i];
      const size = targets.boxes[4 * row + 2] * imageWidth * targets.boxes[4 * row + 3];
      f64[areas + i] = (size * imageHeight) / stride ** 2;
      let from = targets.source[row] * count * 3;
      let own = first + i;
      for (let k = 0; k < count; k++, from += 3, own += 3 * columns) {
        f64[own] = (keypoints[from] * imageWidth) / stride - x;
        f64[own + columns] = (keypoints[from + 1] * imageHeight) / stride - y;
        f64[own + 2 * columns] = keypoints[from + 2];
      }
    }
  }
}
