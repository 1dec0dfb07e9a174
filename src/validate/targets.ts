import type { Dense, GroupedTargets, Predictions } from '../backend/inputs.ts';
import { describe } from '../describe.ts';
import { TargetError } from '../errors.ts';
import type { DetectionTargets } from '../types.ts';
import { checkTargetKeys, checkWidth, isFactor, readIndex, readRows } from './numbers.ts';

/** Largest coordinate and size of a normalised box, in frames; a larger one is probably in pixels. */
export const MAX_COORDINATE = 4;

const KEYS = ['batchIdx', 'cls', 'bboxes'] as const;
const OPTIONAL = ['weights', 'ignore'] as const;

/** Largest angle in radians; a larger one is probably in degrees. */
const MAX_ANGLE = 16;

/**
 * Copies the targets, grouped by image.
 *
 * @param own keys that only the targets of this task have
 * @param ownOptional those that it may have
 * @throws {TargetError}
 */
export function validateTargets(
  action: string,
  targets: DetectionTargets,
  { batch, numClasses, geometry }: Predictions<Dense>,
  own: readonly string[] = [],
  ownOptional: readonly string[] = [],
): GroupedTargets {
  checkTargetKeys(action, targets, [...KEYS, ...own], [...OPTIONAL, ...ownOptional]);
  const [ofImages, ofClasses, ofBoxes] = KEYS.map((key) => `${action}: targets.${key}`);
  const batchIdx = readRows(ofImages, targets.batchIdx);
  const count = batchIdx.length;
  const needed = { count, why: 'the length of batchIdx is' };
  const cls = readRows(ofClasses, targets.cls, 1, needed);
  const numbers = geometry.boxNumbers;
  const bboxes = readRows(ofBoxes, targets.bboxes, numbers, needed);
  const optional = (key: (typeof OPTIONAL)[number]) =>
    targets[key] === undefined
      ? null
      : readRows(`${action}: targets.${key}`, targets[key], 1, needed);
  const [weights, ignore] = OPTIONAL.map(optional);
  checkWidth('TARGET_IMAGE', ofImages, batchIdx, batch);
  checkWidth('TARGET_CLASS', ofClasses, cls, numClasses);
  const offsets = new Int32Array(batch + 1);
  for (let i = 0; i < count; i++) {
    offsets[1 + readIndex('TARGET_IMAGE', ofImages, batchIdx, i, batch)]++;
  }
  for (let b = 0; b < batch; b++) offsets[b + 1] += offsets[b];
  const next = offsets.slice();
  const grouped: GroupedTargets = {
    offsets,
    source: new Int32Array(count),
    cls: new Int32Array(count),
    boxes: new Float64Array(4 * count),
    angles: new Float64Array((numbers - 4) * count),
    weights: weights && new Float64Array(count),
    ignore: ignore && new Uint8Array(count),
    given: count,
  };
  for (let i = 0; i < count; i++) {
    const row = next[batchIdx[i]]++;
    grouped.source[row] = i;
    grouped.cls[row] = readIndex('TARGET_CLASS', ofClasses, cls, i, numClasses);
    const at = numbers * i;
    const box = [bboxes[at], bboxes[at + 1], bboxes[at + 2], bboxes[at + 3]];
    checkBox(ofBoxes, i, box);
    grouped.boxes.set(box, 4 * row);
    if (numbers > 4) grouped.angles[row] = checkAngle(ofBoxes, i, bboxes[at + 4]);
    if (weights && grouped.weights) grouped.weights[row] = checkWeight(action, i, weights[i]);
    if (ignore && grouped.ignore) grouped.ignore[row] = checkFlag(action, i, ignore[i]);
  }
  // Weights of 1 and flags of 0 are the defaults
  if (grouped.weights?.every((weight) => weight === 1)) grouped.weights = null;
  if (!grouped.ignore?.includes(1)) grouped.ignore = null;
  return grouped;
}

/** @param box x, y, width, height */
function checkBox(name: string, index: number, box: readonly number[]): void {
  const isRight = (value: unknown, k: number) =>
    typeof value === 'number' && value >= (k < 2 ? -MAX_COORDINATE : 0) && value <= MAX_COORDINATE;
  if (box.every(isRight)) return;
  throw new TargetError(
    'TARGET_BOX',
    `${name} needs finite xywh normalised to the image, at most ${MAX_COORDINATE}, no negative size, got ` +
      `${describe(box)} for target ${index}${unitHint(box, MAX_COORDINATE, 'pixels')}`,
  );
}

function checkWeight(action: string, index: number, weight: number): number {
  if (isFactor(weight)) return weight;
  const got = `${describe(weight)} for target ${index}`;
  throw new TargetError(
    'TARGET_WEIGHT',
    `${action}: targets.weights needs finite numbers of at least 0, got ${got}`,
  );
}

function checkFlag(action: string, index: number, flag: number): number {
  if (flag === 0 || flag === 1) return flag;
  throw new TargetError(
    'TARGET_IGNORE',
    `${action}: targets.ignore needs 0 or 1, got ${describe(flag)} for target ${index}`,
  );
}

function checkAngle(name: string, index: number, angle: number): number {
  if (typeof angle === 'number' && Math.abs(angle) <= MAX_ANGLE) return angle;
  throw new TargetError(
    'TARGET_BOX',
    `${name} needs xywh and an angle in radians, at most ${MAX_ANGLE}, got ${describe(angle)} for target ` +
      `${index}${unitHint([angle], MAX_ANGLE, 'degrees')}`,
  );
}

/** Names the likely unit of numbers of which some are too large, at the end of a message. */
export function unitHint(values: readonly number[], most: number, unit: string): string {
  const isLarge = (value: unknown) => Number.isFinite(value) && Math.abs(value as number) > most;
  return values.some(isLarge) ? `: ${unit}?` : '';
}
