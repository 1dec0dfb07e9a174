import { DUAL_DEFAULTS, type DualDefaults } from '../dual-defaults.ts';
import type { DualTask } from '../dual-types.ts';
import type { HeadPair } from '../head-weights.ts';
import { isFactor } from './numbers.ts';
import { OptionReader } from './option-reader.ts';
import { type DetectionOptions, type HeadsOptions, referenceOf } from './options.ts';

/** Tasks that a detector with two heads may have. */
export const DUAL_TASKS: readonly DualTask[] = ['detection', 'segmentation', 'pose', 'oriented'];

const OWN = ['task', 'headWeights'];

/** Checked options of a criterion with two heads. */
export interface DualOptions<Options extends DetectionOptions = DetectionOptions> {
  /** Options of each head, which differ in `topk` and `topk2`. */
  heads: readonly [oneToMany: Options, oneToOne: Options];
  headWeights: HeadPair;
  items: DualDefaults['items'];
}

/** Reads the task of a criterion with two heads. Throws ConfigError. */
export function parseDualTask(action: string, config: unknown): DualTask {
  return new OptionReader(action, 'config', config).oneOf('task', DUAL_TASKS, 'detection');
}

/**
 * Checks a configuration of two heads and fills in the defaults.
 *
 * @param parse checks that of one head
 * @throws {ConfigError}
 */
export function parseDualOptions<Options extends DetectionOptions>(
  action: string,
  config: unknown,
  parse: (action: string, config: never, heads: HeadsOptions) => Options,
): DualOptions<Options> {
  const given = new OptionReader(action, 'config', config);
  const defaults = DUAL_DEFAULTS[referenceOf(given)];
  const optionsOf = (head: 0 | 1) =>
    parse(action, config as never, {
      own: OWN,
      parseTopk(assigner) {
        const [many, one] = assigner.integers('topk', 1, defaults.topk, 2);
        const topk2 = assigner.integers('topk2', 1, defaults.topk2([many, one]), 2);
        return { topk: [many, one][head], topk2: topk2[head] };
      },
    });
  return {
    heads: [optionsOf(0), optionsOf(1)],
    headWeights: parseHeadWeights(given) ?? defaults.headWeights,
    items: defaults.items,
  };
}

/** Reads the weights of the heads; undefined: they are not given. */
export function parseHeadWeights(given: OptionReader): HeadPair | undefined {
  const needed = '2 finite numbers of at least 0, [oneToMany, oneToOne]';
  return given.numbers('headWeights', [2], isFactor, needed) as HeadPair | undefined;
}
