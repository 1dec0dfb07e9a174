import type { ClassificationLossConfig } from '../task-types.ts';
import { type BackendOptions, parseBackend } from './backend-options.ts';
import { OptionReader } from './option-reader.ts';

export interface ClassificationOptions extends BackendOptions {
  numClasses: number;
  labelSmoothing: number;
  checkFinite: boolean;
}

/** Throws ConfigError. */
export function parseClassificationOptions(
  action: string,
  config: ClassificationLossConfig,
): ClassificationOptions {
  const given = new OptionReader(action, 'config', config, [
    'numClasses',
    'labelSmoothing',
    'backend',
    'device',
    'threads',
    'wasm',
    'worker',
    'checkFinite',
  ]);
  return {
    numClasses: given.integer('numClasses', 1),
    labelSmoothing: given.number('labelSmoothing', 0, 1),
    checkFinite: given.boolean('checkFinite', false),
    ...parseBackend(given),
  };
}
