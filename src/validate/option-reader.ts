import { describe } from '../describe.ts';
import { ConfigError } from '../errors.ts';
import { copyList } from './read.ts';

/** More than any option lists. */
const MOST_ELEMENTS = 2 ** 16;
const MOST_OF_A_KEY = 40;

/**
 * Reads the options of one call, each checked. A key that is not known is an error, so that typing
 * mistakes are found; one whose value is undefined counts as not given, null does not.
 */
export class OptionReader {
  readonly #action: string;
  readonly #path: string;
  readonly #given: Record<string, unknown>;

  /**
   * @param action name of the call, for messages
   * @param path what `value` is, for messages; where it ends in '.', also the prefix of its keys
   * @throws {ConfigError} `value` is no object, or has an unknown key
   */
  constructor(action: string, path: string, value: unknown, known: readonly string[]) {
    this.#action = action;
    this.#path = path.endsWith('.') ? path : '';
    const isList = Array.isArray(value) || ArrayBuffer.isView(value);
    if (typeof value !== 'object' || value === null || isList) {
      throw this.#invalid(path.replace(/\.$/, ''), 'an object', value);
    }
    this.#given = { ...value };
    const unknown = Object.keys(this.#given).find((key) => !known.includes(key));
    if (unknown !== undefined) {
      throw new ConfigError(
        'UNKNOWN_OPTION',
        `${action}: unknown option ${this.#path}${unknown.slice(0, MOST_OF_A_KEY)}; known are ${known.join(', ')}`,
      );
    }
  }

  /** Options inside an option; none where it is not given. */
  nested(key: string, known: readonly string[]): OptionReader {
    const path = `${this.#path}${key}.`;
    return new OptionReader(this.#action, path, this.#valueOf(key, {}), known);
  }

  /** The value as it is, unchecked. */
  raw(key: string, fallback?: unknown): unknown {
    return this.#valueOf(key, fallback);
  }

  integer(key: string, least: number, fallback?: number): number {
    const value = this.#valueOf(key, fallback);
    if (isInteger(value, least)) return value;
    throw this.invalid(key, `an integer of at least ${least}`);
  }

  /** A finite number from 0 to `most`. */
  number(key: string, fallback: number, most = Number.MAX_VALUE): number {
    const value = this.#valueOf(key, fallback);
    if (typeof value === 'number' && value >= 0 && value <= most) return value;
    const range = most === Number.MAX_VALUE ? 'of at least 0' : `from 0 to ${most}`;
    throw this.invalid(key, `a finite number ${range}`);
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.#valueOf(key, fallback);
    if (typeof value === 'boolean') return value;
    throw this.invalid(key, 'true or false');
  }

  oneOf<T extends string>(key: string, choices: readonly T[], fallback?: T): T {
    const value = this.#valueOf(key, fallback) as T;
    if (choices.includes(value)) return value;
    throw this.invalid(key, `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`);
  }

  /** A non-empty array of integers, or one of `count`. */
  integers(
    key: string,
    least: number,
    fallback: readonly number[],
    count?: number,
  ): readonly number[] {
    const value = this.#valueOf(key, fallback);
    const copy = copyList(value, MOST_ELEMENTS) ?? [];
    const isLong = count === undefined ? copy.length > 0 : copy.length === count;
    if (isLong && copy.every((n): n is number => isInteger(n, least))) return copy;
    throw this.invalid(
      key,
      `an array of ${count === undefined ? '' : `${count} `}integers of at least ${least}`,
    );
  }

  /** What to throw where the value of `key` is not what was needed. */
  invalid(key: string, needed: string): ConfigError {
    return this.#invalid(`${this.#path}${key}`, needed, this.#given[key]);
  }

  #valueOf(key: string, fallback: unknown): unknown {
    const value = this.#given[key];
    return value === undefined ? fallback : value;
  }

  #invalid(name: string, needed: string, value: unknown): ConfigError {
    return new ConfigError(
      'INVALID_OPTION',
      `${this.#action}: ${name} needs ${needed}, got ${describe(value)}`,
    );
  }
}

/** An integer that a WASM kernel can be handed. */
function isInteger(value: unknown, least: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) < 2 ** 31;
}
