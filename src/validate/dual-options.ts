import type { DualLossConfig } from '../task-types.ts';
import {
  ALIGNMENT_OPTIONS,
  type DetectionOptions,
  GAINS,
  parseAlignment,
  parseHead,
  parseIou,
  readOptions,
} from './options.ts';

/** Options of both heads, which differ only in `topk`. */
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
  const assigner = given.nested('assigner', ['topk', ...ALIGNMENT_OPTIONS]);
  const [many, one] = assigner.integers('topk', 1, [10, 1], 2);
  const alignment = parseAlignment(assigner);
  const common = { ...parseHead(given, GAINS), iou: parseIou(given) };
  return {
    oneToMany: { ...common, assigner: { topk: many, ...alignment } },
    oneToOne: { ...common, assigner: { topk: one, ...alignment } },
  };
}
