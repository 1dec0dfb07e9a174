import { countOf, describe, kindOf } from '../describe.ts';
import { TargetError } from '../errors.ts';
import { checkLength } from './shape.ts';
import { describeArray, isDetached, trueLength } from './typed-array.ts';
import { findUnknownKey } from './unknown-key.ts';

/** Largest number of targets, so that a wrong length does not allocate huge arrays. */
const MAX_TARGETS = 2 ** 24;

/** Whether a value can be the factor of a loss: at least 0, and finite also in float32. */
export function isFactor(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Math.fround(value) < Infinity;
}

/**
 * Checks that a value among the targets is an array or an array-like, but not its elements.
 *
 * @param elements expected kind of elements, for the message
 * @throws {TargetError} TARGET_TYPE
 */
function readNumbers(
  name: string,
  value: unknown,
  elements: 'numbers' | 'integers' = 'numbers',
): ArrayLike<number> {
  if (typeof value === 'object' && value !== null && !isDetached(value)) {
    const list = value as ArrayLike<number>;
    const length = trueLength(list);
    if (Number.isInteger(length) && length >= 0) return list;
  }
  throw new TargetError(
    'TARGET_TYPE',
    `${name} needs an array of ${elements}, got ${describeArray(value)}`,
  );
}

/**
 * Checks that the data of a tensor among the targets has as many elements as its shape.
 *
 * @throws {TargetError} TARGET_TYPE
 * @throws {ShapeError} TENSOR_LENGTH
 */
export function readElements(
  name: string,
  data: unknown,
  shape: readonly number[],
  elements?: 'numbers' | 'integers',
): ArrayLike<number> {
  const list = readNumbers(`${name}.data`, data, elements);
  checkLength(name, list.length, shape);
  return list;
}

/**
 * Reads an array of the targets that has a fixed number of values per target.
 *
 * @param needed number of targets, with its origin for the message; default: any number
 * @throws {TargetError} TARGET_TYPE, TARGET_LENGTH
 */
export function readRows(
  name: string,
  value: unknown,
  numbers = 1,
  needed?: { count: number; why: string },
): ArrayLike<number> {
  const list = readNumbers(name, value);
  if (list.length > numbers * MAX_TARGETS) {
    throw new TargetError(
      'TARGET_LENGTH',
      `${name} needs at most ${MAX_TARGETS} targets, got a length of ${list.length}`,
    );
  }
  if (!needed || list.length === numbers * needed.count) return list;
  throw new TargetError(
    'TARGET_LENGTH',
    `${name} needs ${countOf(numbers * needed.count, 'value')} in one flat array, because ${needed.why} ` +
      `${needed.count}, got ${list.length}${nestedHint(list[0])}`,
  );
}

/**
 * Checks that an array can hold every index in [0, end). In a type that cannot, larger indices have become other valid
 * ones before the call.
 *
 * @throws {TargetError} `code`
 */
export function checkWidth(
  code: TargetError['code'],
  name: string,
  list: ArrayLike<number>,
  end: number,
): void {
  const [, unsigned, bits] = /^(U?)int(8|16)/i.exec(kindOf(list)) ?? [];
  if (!bits || list.length === 0) return;
  const count = 2 ** (Number(bits) - (unsigned ? 0 : 1));
  if (end <= count) return;
  throw new TargetError(
    code,
    `${name} needs an array that can hold ${end - 1}, got ${describe(list)}, which cannot hold numbers above ${count - 1}`,
  );
}

/**
 * Checks that targets are an object without other keys.
 *
 * @throws {TargetError} TARGET_TYPE
 */
export function checkTargetKeys(
  action: string,
  targets: unknown,
  needed: readonly string[],
  optional: readonly string[] = [],
): void {
  if (typeof targets !== 'object' || targets === null) {
    throw new TargetError(
      'TARGET_TYPE',
      `${action}: targets needs { ${needed.join(', ')} }, got ${describe(targets)}`,
    );
  }
  const unknown = findUnknownKey(targets, [...needed, ...optional]);
  if (unknown === undefined) return;
  throw new TargetError('TARGET_TYPE', `${action}: unknown key targets.${unknown}`);
}

/** Names the likely mistake behind a list in place of a number or an index, at the end of a message. */
function nestedHint(element: unknown, isIndex = false): string {
  if (!Array.isArray(element) && !ArrayBuffer.isView(element)) return '';
  const isOneHot = isIndex && (element as ArrayLike<unknown>).length > 1;
  return isOneHot
    ? ': one index per target is needed, not a one-hot row'
    : ': a nested list? flat() makes it flat';
}

/**
 * Reads an element that must be an integer in [0, end).
 *
 * @param name name of the array
 * @throws {TargetError} `code`
 */
export function readIndex(
  code: 'TARGET_IMAGE' | 'TARGET_CLASS',
  name: string,
  list: ArrayLike<number>,
  i: number,
  end: number,
  otherwise = '',
): number {
  const value = list[i];
  if (Number.isInteger(value) && value >= 0 && value < end) return value;
  const got = `${describe(value)}${nestedHint(value, true)}`;
  throw new TargetError(
    code,
    `${name}[${i}] needs an integer from 0 to ${end - 1}${otherwise}, got ${got}`,
  );
}
