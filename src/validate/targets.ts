import type { GroupedTargets, Predictions } from '../backend/backend.ts';
import { describe } from '../describe.ts';
import { TargetError } from '../errors.ts';
import type { DetectionTargets } from '../types.ts';

/** Largest coordinate of a normalised box, far out of any frame: beyond it, boxes are in pixels. */
const MAX_COORDINATE = 16;

/** Targets grouped by image. Throws TargetError. */
export function validateTargets(
  action: string,
  targets: DetectionTargets,
  { batch, numClasses }: Predictions,
): GroupedTargets {
  const { batchIdx, cls, bboxes } = (targets ?? {}) as DetectionTargets;
  const count = arrayLength(action, 'batchIdx', batchIdx);
  checkCount(action, 'cls', cls, count);
  checkCount(action, 'bboxes', bboxes, 4 * count);
  const offsets = new Int32Array(batch + 1);
  for (let i = 0; i < count; i++) {
    checkIndex(action, 'TARGET_IMAGE', `batchIdx[${i}]`, batchIdx[i], batch, 'images');
    checkIndex(action, 'TARGET_CLASS', `cls[${i}]`, cls[i], numClasses, 'classes');
    checkBox(action, i, bboxes);
    offsets[batchIdx[i] + 1]++;
  }
  for (let b = 0; b < batch; b++) offsets[b + 1] += offsets[b];
  const next = offsets.slice();
  const grouped: GroupedTargets = {
    offsets,
    source: new Int32Array(count),
    cls: new Int32Array(count),
    boxes: new Float64Array(4 * count),
  };
  for (let i = 0; i < count; i++) {
    const row = next[batchIdx[i]]++;
    grouped.source[row] = i;
    grouped.cls[row] = cls[i];
    for (let k = 0; k < 4; k++) grouped.boxes[4 * row + k] = bboxes[4 * i + k];
  }
  return grouped;
}

function arrayLength(action: string, name: string, value: ArrayLike<number>): number {
  const length = typeof value === 'object' && value !== null ? value.length : undefined;
  if (Number.isInteger(length) && (length as number) >= 0) return length as number;
  throw new TargetError(
    'TARGET_TYPE',
    `${action}: targets.${name} needs an array of numbers, got ${describe(value)}`,
  );
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
  code: 'TARGET_IMAGE' | 'TARGET_CLASS',
  name: string,
  value: number,
  end: number,
  what: string,
): void {
  if (Number.isInteger(value) && value >= 0 && value < end) return;
  throw new TargetError(
    code,
    `${action}: targets.${name} needs an integer from 0 to ${end - 1} (${what}: ${end}), got ${describe(value)}`,
  );
}

function checkBox(action: string, index: number, bboxes: ArrayLike<number>): void {
  for (let k = 0; k < 4; k++) {
    const value = bboxes[4 * index + k];
    const least = k < 2 ? -MAX_COORDINATE : 0;
    if (typeof value === 'number' && value >= least && value <= MAX_COORDINATE) continue;
    const box = Array.from({ length: 4 }, (_, i) => describe(bboxes[4 * index + i]));
    throw new TargetError(
      'TARGET_BOX',
      `${action}: targets.bboxes needs finite xywh normalised to the image (at most ${MAX_COORDINATE}; pixels?), ` +
        `no negative size, got [${box.join(', ')}] for target ${index}`,
    );
  }
}
