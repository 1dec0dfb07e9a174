import { noteError } from './golden-errors.ts';

type Numbers = ArrayLike<number>;

/** |actual − expected| / |expected|; 0 if both are equal, including NaN and infinities. */
export function relativeError(actual: number, expected: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  return Math.abs(actual - expected) / Math.abs(expected);
}

/** ‖actual − expected‖ / ‖expected‖ in float64; 0 if both are all zeros. */
export function relativeL2(actual: Numbers, expected: Numbers): number {
  if (actual.length !== expected.length) {
    throw new Error(`relativeL2: lengths differ, ${actual.length} and ${expected.length}`);
  }
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / norm);
}

/**
 * Fails unless the number is within `bound` of the expected one, relative to it or, if larger, to `scale`.
 *
 * @param what name in the message
 */
export function expectClose(
  what: string,
  actual: number,
  expected: number,
  bound: number,
  scale = 0,
): void {
  const size = Math.max(Math.abs(expected), scale);
  const error = size > 0 ? Math.abs(actual - expected) / size : relativeError(actual, expected);
  noteError('number', error);
  if (!(error <= bound)) {
    const got = `got ${actual}, expected ${expected}`;
    throw new Error(`${what}: relative error ${error.toExponential(2)} > ${bound}; ${got}`);
  }
}

/** Fails unless the number is within `bound` of the expected one, or equal to it if that is not finite. */
export function expectSame(what: string, actual: number, expected: number, bound: number): void {
  if (Number.isFinite(expected)) expectClose(what, actual, expected, bound);
  else if (!Object.is(actual, expected)) {
    throw new Error(`${what}: got ${actual}, expected ${expected}`);
  }
}

/** Fails unless the relative L2 error of the array is within `bound`. */
export function expectCloseL2(
  what: string,
  actual: Numbers,
  expected: Numbers,
  bound: number,
): void {
  const error = relativeL2(actual, expected);
  noteError('array', error);
  if (!(error <= bound)) {
    const worst = worstIndex(actual, expected);
    const got = `got ${actual[worst]}, expected ${expected[worst]}`;
    throw new Error(
      `${what}: relative L2 error ${error.toExponential(2)} > ${bound}; worst at ${worst}: ${got}`,
    );
  }
}

function worstIndex(actual: Numbers, expected: Numbers): number {
  let worst = 0;
  let largest = -1;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (!(difference <= largest)) {
      worst = i;
      largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    }
  }
  return worst;
}
