import { describe, reasonOf } from '../describe.ts';
import { DetlossError } from '../errors.ts';

/**
 * What reading a caller's arguments gives. Getters and proxies are code of the caller's: they may throw anything.
 *
 * @throws {DetlossError} UNREADABLE, with what they threw as its cause
 */
export function reading<T>(action: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof DetlossError) throw cause;
    throw new DetlossError(
      'UNREADABLE',
      `${action}: needs arguments that can be read, reading one threw: ${reasonOf(cause)}`,
      { cause },
    );
  }
}

/**
 * A copy of a list, each element read once, holes undefined; undefined: it is none, or longer than `most`. Its iterator,
 * which may never end, is not asked.
 */
export function copyList(value: unknown, most: number): unknown[] | undefined {
  return Array.isArray(value) ? copyNumbered(value, value.length, most) : undefined;
}

/** The same of any array-like. */
export function copyArrayLike(value: unknown, most: number): unknown[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return copyNumbered(value as ArrayLike<unknown>, (value as ArrayLike<unknown>).length, most);
}

function copyNumbered(
  value: ArrayLike<unknown>,
  length: number,
  most: number,
): unknown[] | undefined {
  if (!Number.isInteger(length) || length < 0 || length > most) return undefined;
  const copy: unknown[] = [];
  for (let i = 0; i < length; i++) copy.push(value[i]);
  return copy;
}

/** More axes than any tensor has, PyTorch's among them. */
const MOST_AXES = 64;
/** A tensor without elements may have this many rows of none. */
const MOST_EMPTY_ROWS = 2 ** 24;

/** A copy of a shape whose axes are integers of at least `least`; undefined: it is none. */
export function copyShape(shape: unknown, least: number): number[] | undefined {
  const sizes = copyList(shape, MOST_AXES);
  const isAxis = (size: unknown) => Number.isInteger(size) && (size as number) >= least;
  if (!sizes?.every(isAxis)) return undefined;
  const axes = sizes as number[];
  const rows = axes.reduce((product, size) => product * Math.max(size, 1), 1);
  return axes.includes(0) && rows > MOST_EMPTY_ROWS ? undefined : axes;
}

/** The parts of a tensor as they were given, each read once. */
export interface GivenTensor {
  data: unknown;
  shape: unknown;
  offset: unknown;
  size: unknown;
  /** The tensor itself, for messages. */
  text: string;
}

export function readGiven(tensor: unknown): GivenTensor {
  const { data, shape, offset, size } = (tensor ?? {}) as Partial<GivenTensor>;
  return { data, shape, offset, size, text: data === undefined ? describe(tensor) : '' };
}

/** A tensor whose parts are read once, here; what is none stays as it is, for messages. */
export function readTensorOnce(value: unknown): unknown {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return value;
  const given = readGiven(value);
  return given.data === undefined ? value : given;
}

/** Properties of an object, each read once; those that are tensors, with their parts. */
export function readOnce(
  value: unknown,
  keys: readonly string[],
  tensors: readonly string[],
): Record<string, unknown> {
  const given = (value ?? {}) as Record<string, unknown>;
  const read: Record<string, unknown> = {};
  for (const key of keys) read[key] = given[key];
  for (const key of tensors) read[key] = readTensorOnce(given[key]);
  return read;
}
