import type { Dense, GroupedTargets, Predictions } from '../backend/backend.ts';
import { describe } from '../describe.ts';
import { TargetError } from '../errors.ts';
import type { DetectionTargets } from '../types.ts';
import { isDetached } from './typed-array.ts';

/** Largest coordinate of a normalised box, far out of any frame: beyond it, boxes are in pixels. */
const MAX_COORDINATE = 16;

/** More targets than any batch has: arrays of a length that lies are not worth the memory. */
const MAX_TARGETS = 2 ** 24;

/** Targets as given, each number read once. */
interface Rows {
  image: Int32Array;
  cls: Int32Array;
  boxes: Float64Array;
}

/** Targets grouped by image. Throws TargetError. */
export function validateTargets(
  action: string,
  targets: DetectionTargets,
  predictions: Predictions<Dense>,
): GroupedTargets {
  const { image, cls, boxes } = readRows(action, targets, predictions);
  const offsets = new Int32Array(predictions.batch + 1);
  for (const b of image) offsets[b + 1]++;
  for (let b = 0; b < predictions.batch; b++) offsets[b + 1] += offsets[b];
  const next = offsets.slice();
  const grouped: GroupedTargets = {
    offsets,
    source: new Int32Array(image.length),
    cls: new Int32Array(image.length),
    boxes: new Float64Array(boxes.length),
    angles: null,
    given: image.length,
  };
  for (let i = 0; i < image.length; i++) {
    const row = next[image[i]]++;
    grouped.source[row] = i;
    grouped.cls[row] = cls[i];
    for (let k = 0; k < 4; k++) grouped.boxes[4 * row + k] = boxes[4 * i + k];
  }
  return grouped;
}

function readRows(
  action: string,
  targets: DetectionTargets,
  { batch, numClasses }: Predictions<Dense>,
): Rows {
  const { batchIdx, cls, bboxes } = (targets ?? {}) as DetectionTargets;
  const count = arrayLength(action, 'batchIdx', batchIdx);
  checkCount(action, 'cls', cls, count);
  checkCount(action, 'bboxes', bboxes, 4 * count);
  const rows: Rows = {
    image: new Int32Array(count),
    cls: new Int32Array(count),
    boxes: new Float64Array(4 * count),
  };
  for (let i = 0; i < count; i++) {
    rows.image[i] = checkIndex(action, 'batchIdx', i, batchIdx[i], batch);
    rows.cls[i] = checkIndex(action, 'cls', i, cls[i], numClasses);
    const box = [bboxes[4 * i], bboxes[4 * i + 1], bboxes[4 * i + 2], bboxes[4 * i + 3]];
    checkBox(action, i, box);
    rows.boxes.set(box, 4 * i);
  }
  return rows;
}

function arrayLength(action: string, name: string, value: ArrayLike<number>): number {
  const length = typeof value === 'object' && value !== null ? value.length : undefined;
  const isLength = Number.isInteger(length) && (length as number) >= 0;
  if (!isLength || isDetached(value)) {
    const got = isDetached(value) ? 'one that is detached' : describe(value);
    throw new TargetError(
      'TARGET_TYPE',
      `${action}: targets.${name} needs an array of numbers, got ${got}`,
    );
  }
  if ((length as number) > 4 * MAX_TARGETS) {
    throw new TargetError(
      'TARGET_LENGTH',
      `${action}: targets.${name} needs at most ${MAX_TARGETS} targets, got a length of ${length}`,
    );
  }
  return length as number;
}

function checkCount(action: string, name: string, value: ArrayLike<number>, needed: number): void {
  const length = arrayLength(action, name, value);
  if (length === needed) return;
  throw new TargetError(
    'TARGET_LENGTH',
    `${action}: targets.${name} needs ${needed} values in one flat array, as batchIdx has ` +
      `${name === 'bboxes' ? needed / 4 : needed}, got ${length}`,
  );
}

function checkIndex(
  action: string,
  name: 'batchIdx' | 'cls',
  i: number,
  value: number,
  end: number,
): number {
  if (Number.isInteger(value) && value >= 0 && value < end) return value;
  const needed = `an integer from 0 to ${end - 1}`;
  throw new TargetError(
    name === 'cls' ? 'TARGET_CLASS' : 'TARGET_IMAGE',
    `${action}: targets.${name}[${i}] needs ${needed}, got ${describe(value)}`,
  );
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
