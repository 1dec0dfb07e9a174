import type { DualLossConfig } from '../task-types.ts';
import {
  ASSIGNER_OPTIONS,
  type DetectionOptions,
  GAINS,
  parseAlignment,
  parseBoxLoss,
  parseHead,
  readOptions,
} from './options.ts';

/** Options of both heads, which differ only in `topk` and `topk2`. */
export interface DualOptions {
  oneToMany: DetectionOptions;
  oneToOne: DetectionOptions;
}

/**
 * Checks a dual criterion's configuration and fills in the defaults.
 *
 * @throws {ConfigError}
 */
export function parseDualOptions(action: string, config: DualLossConfig): DualOptions {
  const given = readOptions(action, config, ['iou']);
  const common = { ...parseHead(given, GAINS), boxLoss: parseBoxLoss(given) };
  const assigner = given.nested('assigner', [...ASSIGNER_OPTIONS, 'overlap']);
  const alignment = parseAlignment(given, assigner, common);
  const topk = assigner.integers('topk', 1, [10, 1], 2);
  const topk2 = assigner.integers('topk2', 1, topk, 2);
  const optionsOf = (head: 0 | 1) => ({
    ...common,
    assigner: { topk: topk[head], topk2: topk2[head], ...alignment },
  });
  return { oneToMany: optionsOf(0), oneToOne: optionsOf(1) };
}
