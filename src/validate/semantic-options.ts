import type { SemanticLossConfig } from '../semantic-types.ts';
import { BACKEND_OPTIONS, type BackendOptions, parseBackend } from './backend-options.ts';
import { OptionReader } from './option-reader.ts';

/** Checked and complete configuration of a criterion of semantic segmentation. */
export interface SemanticOptions extends BackendOptions {
  numClasses: number;
  ignoreIndex: number;
  auxiliaryGain: number;
  /** [C]; undefined: all 1. */
  classWeights: Float64Array | undefined;
  checkFinite: boolean;
}

/**
 * Checks the configuration of a criterion of semantic segmentation and fills in the defaults.
 *
 * @throws {ConfigError}
 */
export function parseSemanticOptions(action: string, config: SemanticLossConfig): SemanticOptions {
  const given = new OptionReader(action, 'config', config, [
    'numClasses',
    'ignoreIndex',
    'auxiliaryGain',
    'classWeights',
    'checkFinite',
    ...BACKEND_OPTIONS,
  ]);
  const numClasses = given.integer('numClasses', 1);
  return {
    numClasses,
    ignoreIndex: given.where<number>('ignoreIndex', Number.isInteger, 'an integer', 255),
    auxiliaryGain: given.number('auxiliaryGain', 0.4),
    classWeights: given.weights('classWeights', [numClasses], `${numClasses}, one per class`),
    checkFinite: given.boolean('checkFinite', false),
    ...parseBackend(given),
  };
}
