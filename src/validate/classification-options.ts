import type { ClassificationLossConfig } from '../classification-types.ts';
import { BACKEND_OPTIONS, type BackendOptions, parseBackend } from './backend-options.ts';
import { OptionReader } from './option-reader.ts';

/** Checked and complete configuration of a classifier. */
export interface ClassificationOptions extends BackendOptions {
  numClasses: number;
  labelSmoothing: number;
  checkFinite: boolean;
}

/**
 * Checks a classifier's configuration and fills in the defaults.
 *
 * @throws {ConfigError}
 */
export function parseClassificationOptions(
  action: string,
  config: ClassificationLossConfig,
): ClassificationOptions {
  const given = new OptionReader(action, 'config', config, [
    'numClasses',
    'labelSmoothing',
    ...BACKEND_OPTIONS,
    'checkFinite',
  ]);
  return {
    numClasses: given.integer('numClasses', 1),
    labelSmoothing: given.number('labelSmoothing', 0, 1),
    checkFinite: given.boolean('checkFinite', false),
    ...parseBackend(given),
  };
}
