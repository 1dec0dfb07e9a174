import { describe } from '../describe.ts';
import { TargetError } from '../errors.ts';
import { isDetached, plainNumbers } from './typed-array.ts';

/** More targets than any batch has: arrays of a length that lies are not worth the memory. */
const MAX_TARGETS = 2 ** 24;

/** One of the targets' arrays: typed ones by the engine's own view of them, whatever a subclass says. */
export function plainList(value: ArrayLike<number>): ArrayLike<number> {
  return isDetached(value) ? value : (plainNumbers(value) ?? value);
}

/**
 * Length of one of the targets' arrays.
 *
 * @param name in `targets`
 * @param numbers of a row
 * @throws {TargetError} no array of numbers, or an absurd length
 */
export function arrayLength(
  action: string,
  name: string,
  value: ArrayLike<number>,
  numbers = 1,
): number {
  const length = typeof value === 'object' && value !== null ? value.length : undefined;
  const isLength = Number.isInteger(length) && (length as number) >= 0;
  if (!isLength || isDetached(value)) {
    const got = isDetached(value) ? 'one that is detached' : describe(value);
    throw new TargetError(
      'TARGET_TYPE',
      `${action}: targets.${name} needs an array of numbers, got ${got}`,
    );
  }
  if ((length as number) > numbers * MAX_TARGETS) {
    throw new TargetError(
      'TARGET_LENGTH',
      `${action}: targets.${name} needs at most ${MAX_TARGETS} targets, got a length of ${length}`,
    );
  }
  return length as number;
}

/**
 * Fails unless there are as many rows as in another array.
 *
 * @param numbers of a row
 * @param whose what has `count` of them
 */
export function checkCount(
  action: string,
  name: string,
  value: ArrayLike<number>,
  count: number,
  numbers: number,
  whose: string,
): void {
  const length = arrayLength(action, name, value, numbers);
  if (length === numbers * count) return;
  throw new TargetError(
    'TARGET_LENGTH',
    `${action}: targets.${name} needs ${numbers * count} values in one flat array, as ${whose} ${count}, ` +
      `got ${length}`,
  );
}

/** The value, if it is an integer from 0 to below `end`. Throws TargetError. */
export function checkIndex(
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
