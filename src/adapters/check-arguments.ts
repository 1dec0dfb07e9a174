import { describe } from '../describe.ts';
import { ConfigError, ShapeError } from '../index.ts';

/**
 * Checks the arguments of `adaptCriterion`, each by a method that it must have.
 *
 * @param framework name of its parameter, a description of the needed value, and the method
 * @throws {ConfigError} INVALID_OPTION
 */
export function checkArguments(
  criterion: unknown,
  given: unknown,
  framework: { parameter: string; needed: string; method: string },
): void {
  const { parameter, needed, method } = framework;
  checkMethod(
    'criterion',
    'what a factory such as createDetectionLoss gives',
    'valueAndGradSync',
    criterion,
  );
  checkMethod(parameter, `${needed}, as in adaptCriterion(criterion, ${parameter})`, method, given);
}

function checkMethod(parameter: string, needed: string, method: string, given: unknown): void {
  const methods = (given ?? {}) as Record<string, unknown>;
  if (typeof methods[method] === 'function') return;
  const got = describe(given);
  throw new ConfigError(
    'INVALID_OPTION',
    `adaptCriterion: ${parameter} needs ${needed}, got ${got}`,
  );
}

/**
 * Checks that predictions are float32, because the bytes of another type in a GPU buffer would be read as float32.
 *
 * @param predictions predictions in the order of their tree
 * @throws {ShapeError} TENSOR_TYPE
 */
export function checkFloat32(action: string, predictions: readonly { dtype: string }[]): void {
  const other = predictions.findIndex(({ dtype }) => dtype !== 'float32');
  if (other < 0) return;
  const got = `${predictions[other].dtype} (prediction ${other})`;
  throw new ShapeError('TENSOR_TYPE', `${action}: needs predictions of float32, got ${got}`);
}
