import type { DualLossConfig } from '../task-types.ts';
import {
  type DetectionOptions,
  GAINS,
  parseAlignment,
  parseGains,
  parseHead,
  parseIou,
  readOptions,
} from './options.ts';

/** Of both heads, which differ in topk alone. */
export interface DualOptions {
  oneToMany: DetectionOptions;
  oneToOne: DetectionOptions;
}

/** Throws ConfigError. */
export function parseDualOptions(action: string, config: DualLossConfig): DualOptions {
  const given = readOptions(action, config, ['iou']);
  const assigner = given.nested('assigner', ['topk', 'alpha', 'beta']);
  const [many, one] = assigner.integers('topk', 1, [10, 1], 2);
  const alignment = parseAlignment(assigner);
  const common = { ...parseHead(given), gains: parseGains(given, GAINS), iou: parseIou(given) };
  return {
    oneToMany: { ...common, assigner: { topk: many, ...alignment } },
    oneToOne: { ...common, assigner: { topk: one, ...alignment } },
  };
}
