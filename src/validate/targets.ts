import type { Dense, GroupedTargets, Predictions } from '../backend/backend.ts';
import { describe } from '../describe.ts';
import { TargetError } from '../errors.ts';
import type { DetectionTargets } from '../types.ts';
import { arrayLength, checkCount, checkIndex, plainList } from './rows.ts';

/** Largest coordinate of a normalised box, far out of any frame: beyond it, boxes are in pixels. */
export const MAX_COORDINATE = 16;

/** The arrays of targets that have boxes. */
export const BOX_LISTS = ['batchIdx', 'cls', 'bboxes'] as const;

/** Targets as given, each number read once. */
interface Rows {
  image: Int32Array;
  cls: Int32Array;
  boxes: Float64Array;
  angles: Float64Array | null;
}

/** Largest angle, turns beyond any convention: beyond it, angles are in degrees. */
const MAX_ANGLE = 16;

/**
 * Targets grouped by image; boxes have angles where predictions have. Throws TargetError.
 */
export function validateTargets(
  action: string,
  targets: DetectionTargets,
  predictions: Predictions<Dense>,
): GroupedTargets {
  const { image, cls, boxes, angles } = readRows(action, targets, predictions);
  const offsets = new Int32Array(predictions.batch + 1);
  for (const b of image) offsets[b + 1]++;
  for (let b = 0; b < predictions.batch; b++) offsets[b + 1] += offsets[b];
  const next = offsets.slice();
  const grouped: GroupedTargets = {
    offsets,
    source: new Int32Array(image.length),
    cls: new Int32Array(image.length),
    boxes: new Float64Array(boxes.length),
    angles: angles && new Float64Array(image.length),
    given: image.length,
  };
  for (let i = 0; i < image.length; i++) {
    const row = next[image[i]]++;
    grouped.source[row] = i;
    grouped.cls[row] = cls[i];
    for (let k = 0; k < 4; k++) grouped.boxes[4 * row + k] = boxes[4 * i + k];
    if (grouped.angles && angles) grouped.angles[row] = angles[i];
  }
  return grouped;
}

function readRows(
  action: string,
  targets: DetectionTargets,
  { batch, numClasses, angles }: Predictions<Dense>,
): Rows {
  const batchIdx = plainList(targets.batchIdx);
  const cls = plainList(targets.cls);
  const bboxes = plainList(targets.bboxes);
  const count = arrayLength(action, 'batchIdx', batchIdx);
  checkCount(action, 'cls', cls, count, 1, 'batchIdx has');
  const numbers = angles ? 5 : 4;
  checkCount(action, 'bboxes', bboxes, count, numbers, 'batchIdx has');
  const rows: Rows = {
    image: new Int32Array(count),
    cls: new Int32Array(count),
    boxes: new Float64Array(4 * count),
    angles: angles && new Float64Array(count),
  };
  for (let i = 0; i < count; i++) {
    rows.image[i] = checkIndex(action, 'batchIdx', i, batchIdx[i], batch);
    rows.cls[i] = checkIndex(action, 'cls', i, cls[i], numClasses);
    const at = numbers * i;
    const box = [bboxes[at], bboxes[at + 1], bboxes[at + 2], bboxes[at + 3]];
    checkBox(action, i, box);
    rows.boxes.set(box, 4 * i);
    if (rows.angles) rows.angles[i] = checkAngle(action, i, bboxes[at + 4]);
  }
  return rows;
}

/** @param box x, y, width, height */
function checkBox(action: string, index: number, box: readonly number[]): void {
  const isRight = (value: unknown, k: number) =>
    typeof value === 'number' && value >= (k < 2 ? -MAX_COORDINATE : 0) && value <= MAX_COORDINATE;
  if (box.every(isRight)) return;
  throw new TargetError(
    'TARGET_BOX',
    `${action}: targets.bboxes needs finite xywh normalised to the image (at most ${MAX_COORDINATE}; ` +
      `pixels?), no negative size, got ${describe(box)} for target ${index}`,
  );
}

function checkAngle(action: string, index: number, angle: number): number {
  if (typeof angle === 'number' && Math.abs(angle) <= MAX_ANGLE) return angle;
  throw new TargetError(
    'TARGET_BOX',
    `${action}: targets.bboxes needs xywh and an angle in radians (at most ${MAX_ANGLE}; degrees?), got ` +
      `${describe(angle)} for target ${index}`,
  );
}
