import type { OptionReader } from './option-reader.ts';
import { copyArrayLike } from './read.ts';

/**
 * Numbers of at least 0 in an option, an array-like.
 *
 * @param lengths it may have
 * @param needed what they are, for messages
 * @returns undefined: not given
 * @throws {ConfigError}
 */
export function readWeights(
  given: OptionReader,
  key: string,
  lengths: readonly number[],
  needed: string,
): Float64Array | undefined {
  const value = given.raw(key);
  if (value === undefined) return undefined;
  const numbers = copyArrayLike(value, Math.max(...lengths));
  if (numbers && lengths.includes(numbers.length)) {
    const isWeight = (n: unknown) => typeof n === 'number' && n >= 0 && n < Infinity;
    if (numbers.every(isWeight)) return Float64Array.from(numbers as number[]);
  }
  throw given.invalid(key, `an array of ${needed}, finite numbers of at least 0`);
}
