import { ConfigError } from '../errors.ts';
import { describeArray } from './typed-array.ts';
import { findUnknownKey } from './unknown-key.ts';

/** Largest integer that fits a parameter of a kernel. */
const MOST_INTEGER = 2 ** 31 - 1;
/** Largest number of elements of an option. */
const MOST_ELEMENTS = 2 ** 16;
/** Power of ten of the largest weight and of the reciprocal of the smallest, so that float64 holds their sums and quotients. */
const WEIGHT_POWER = 301;
/** Largest power of a focal loss: with a higher one, float32 underflows unless a probability is almost 0 or 1. */
const MAX_POWER = 100;

/**
 * Reads and checks the options of one call. An unknown key is an error. An undefined option counts as not given; a null
 * one does not.
 */
export class OptionReader {
  readonly #action: string;
  readonly #path: string;
  readonly #given: Record<string, unknown>;

  /**
   * @param action name of the call, for messages
   * @param path name of `value` for messages; if it ends in '.', also the prefix of its keys
   * @param known names of all options; without them any is allowed
   * @throws {ConfigError} `value` is no object, or has an unknown key
   */
  constructor(action: string, path: string, value: unknown, known?: readonly string[]) {
    this.#action = action;
    this.#path = path.endsWith('.') ? path : '';
    const isList = Array.isArray(value) || ArrayBuffer.isView(value);
    if (typeof value !== 'object' || value === null || isList) {
      throw this.#invalid(path.replace(/\.$/, ''), 'an object', value);
    }
    this.#given = value as Record<string, unknown>;
    const unknown = known && findUnknownKey(value, known);
    if (unknown === undefined) return;
    throw new ConfigError('UNKNOWN_OPTION', `${action}: unknown option ${this.#path}${unknown}`);
  }

  /** Returns a reader of the options inside an option. */
  nested(key: string, known: readonly string[]): OptionReader {
    const path = `${this.#path}${key}.`;
    return new OptionReader(this.#action, path, this.raw(key, {}), known);
  }

  /** Returns the unchecked value. */
  raw(key: string, fallback?: unknown): unknown {
    const value = this.#given[key];
    return value === undefined ? fallback : value;
  }

  /**
   * Reads a value that passes a check.
   *
   * @param needed description of valid values, for the message
   * @throws {ConfigError} INVALID_OPTION
   */
  where<T>(
    key: string,
    isRight: (value: unknown) => boolean,
    needed: string,
    fallback?: NoInfer<T>,
  ): T {
    const value = this.raw(key, fallback);
    if (isRight(value)) return value as T;
    throw this.#invalid(`${this.#path}${key}`, needed, value);
  }

  integer(key: string, least: number, fallback?: number): number {
    const needed = `an integer from ${least} to ${MOST_INTEGER}`;
    return this.where(key, isIntegerFrom(least), needed, fallback);
  }

  /** Reads a finite number from 0 to `most`. */
  number(key: string, fallback?: number, most = Number.MAX_VALUE): number {
    const isRight = (n: unknown) => typeof n === 'number' && n >= 0 && n <= most;
    const range = most === Number.MAX_VALUE ? 'of at least 0' : `from 0 to ${most}`;
    return this.where(key, isRight, `a finite number ${range}`, fallback);
  }

  /** Reads the exponent of a focal loss. */
  power(key: string, fallback: number): number {
    return this.number(key, fallback, MAX_POWER);
  }

  boolean(key: string, fallback: boolean): boolean {
    return this.where(key, (value) => typeof value === 'boolean', 'true or false', fallback);
  }

  oneOf<T extends string>(key: string, choices: readonly T[], fallback?: NoInfer<T>): T {
    const needed = `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`;
    return this.where(key, (value) => choices.includes(value as T), needed, fallback);
  }

  /** Reads a copy of an array of `count` integers, by default of at least one. */
  integers(key: string, least: number, fallback: readonly number[], count?: number): number[] {
    const isRight = (value: unknown) =>
      Array.isArray(value) &&
      (count === undefined ? value.length > 0 : value.length === count) &&
      value.length <= MOST_ELEMENTS &&
      // Spreading turns holes into undefined
      [...value].every(isIntegerFrom(least));
    const many = count === undefined ? '' : `${count} `;
    const needed = `an array of ${many}integers from ${least} to ${MOST_INTEGER}`;
    return [...this.where<readonly number[]>(key, isRight, needed, fallback)];
  }

  /**
   * Reads a copy of numbers in any array-like.
   *
   * @param lengths allowed lengths
   * @param isRight whether a number is valid
   * @param needed description of valid numbers, for the message
   * @returns undefined if the option is not given
   */
  numbers(
    key: string,
    lengths: readonly number[],
    isRight: (value: number) => boolean,
    needed: string,
  ): Float64Array | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    const copy = copyNumbers(value, lengths, isRight);
    if (copy) return copy;
    throw this.#invalid(`${this.#path}${key}`, needed, value);
  }

  /** Reads numbers that are 0 or from 10^−`power` to 10^`power`, for example one per class; see `numbers`. */
  weights(
    key: string,
    lengths: readonly number[],
    needed: string,
    power = WEIGHT_POWER,
  ): Float64Array | undefined {
    const [least, most] = [Number(`1e-${power}`), Number(`1e${power}`)];
    const isWeight = (n: number) => n === 0 || (n >= least && n <= most);
    const all = `an array of ${needed}, numbers that are 0 or from 1e-${power} to 1e${power}`;
    return this.numbers(key, lengths, isWeight, all);
  }

  #invalid(name: string, needed: string, value: unknown): ConfigError {
    return new ConfigError(
      'INVALID_OPTION',
      `${this.#action}: ${name} needs ${needed}, got ${describeArray(value)}`,
    );
  }
}

/** Returns a check for integers from `least` to MOST_INTEGER. */
function isIntegerFrom(least: number): (value: unknown) => value is number {
  return (value): value is number =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= MOST_INTEGER;
}

/** Copies an array-like of numbers; undefined if the value is none or contains an invalid number. */
function copyNumbers(
  value: unknown,
  lengths: readonly number[],
  isRight: (value: number) => boolean,
): Float64Array | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const list = value as ArrayLike<unknown>;
  if (!lengths.includes(list.length)) return undefined;
  const copy = new Float64Array(list.length);
  for (let i = 0; i < copy.length; i++) {
    const number = list[i];
    if (typeof number !== 'number' || !isRight(number)) return undefined;
    copy[i] = number;
  }
  return copy;
}
