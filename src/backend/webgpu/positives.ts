import type { Assignment } from '../../types.ts';
import type { Dense, GroupedTargets, Level, Predictions } from '../backend.ts';
import type { Group } from './groups.ts';
import type { ImageCandidates } from './image-candidates.ts';
import { bitsOf, lowBitsOf } from './recorder.ts';

/** A group's positives as gpu/lib/fit-upright.wgsl and fit-rotated.wgsl read them, level by level. */
export interface PositiveList {
  words: Uint32Array<ArrayBuffer>;
  levels: { first: number; count: number }[];
}

/** @param slopes f32 [P], gradient by each positive's own class logit, of the whole batch */
export function listPositives(
  { levels, regMax }: Predictions<Dense>,
  targets: GroupedTargets,
  assignment: Assignment,
  slopes: Float32Array,
  group: Group,
  candidates: readonly ImageCandidates[],
): PositiveList {
  const byLevel: number[][] = levels.map(() => []);
  const counts = levels.map(() => 0);
  const end = group.firstImage + group.images;
  for (let i = lowerBound(assignment.image, group.firstImage); i < assignment.image.length; i++) {
    const image = assignment.image[i];
    if (image >= end) break;
    const l = levelOf(levels, assignment.anchor[i]);
    const { firstAnchor, width, stride } = levels[l];
    const cell = assignment.anchor[i] - firstAnchor;
    const x = (cell % width) + 0.5;
    const y = Math.floor(cell / width) + 0.5;
    const target = assignment.target[i];
    const { boxes } = candidates[image - group.firstImage];
    const [left, top, right, bottom] = boxes.subarray(4 * target, 4 * target + 4);
    byLevel[l].push(
      image - group.firstImage,
      cell,
      4 * regMax + targets.cls[targets.offsets[image] + target],
      bitsOf(assignment.score[i]),
      bitsOf(slopes[i]),
      bitsOf(x - left / stride),
      bitsOf(y - top / stride),
      bitsOf(right / stride - x),
      bitsOf(bottom / stride - y),
    );
    if (targets.angles) {
      const angle = targets.angles[targets.offsets[image] + target];
      byLevel[l].push(bitsOf(angle), lowBitsOf(angle), i);
    }
    counts[l]++;
  }
  let first = 0;
  const ranges = counts.map((count) => {
    const range = { first, count };
    first += count;
    return range;
  });
  return { words: Uint32Array.from(byLevel.flat()), levels: ranges };
}

function levelOf(levels: readonly Level<Dense>[], anchor: number): number {
  return levels.findIndex(({ firstAnchor, cells }) => anchor < firstAnchor + cells);
}

/** First position of ascending values that holds at least `least`. */
function lowerBound(values: Int32Array, least: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
