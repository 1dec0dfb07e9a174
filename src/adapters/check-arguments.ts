import { describe } from '../describe.ts';
import { ConfigError } from '../index.ts';

/**
 * Checks what `detectionLoss` is handed, each by a method it must have.
 *
 * @param framework its parameter, what it needs to be, and the method
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
  checkMethod(parameter, `${needed}, as in detectionLoss(criterion, ${parameter})`, method, given);
}

function checkMethod(parameter: string, needed: string, method: string, given: unknown): void {
  const methods = (given ?? {}) as Record<string, unknown>;
  if (typeof methods[method] === 'function') return;
  const got = describe(given);
  throw new ConfigError(
    'INVALID_OPTION',
    `detectionLoss: ${parameter} needs ${needed}, got ${got}`,
  );
}
