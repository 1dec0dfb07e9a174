import type { OrientedLossConfig } from '../task-types.ts';
import { type DetectionOptions, GAINS, parseHead, parsePowers, readOptions } from './options.ts';

/** Checks the configuration of a criterion for rotated boxes, which are compared by ProbIoU. Throws ConfigError. */
export function parseOrientedOptions(action: string, config: OrientedLossConfig): DetectionOptions {
  const given = readOptions(action, config, []);
  const assigner = given.nested('assigner', ['topk', 'alpha', 'beta']);
  const topk = assigner.integer('topk', 1, 10);
  return {
    ...parseHead(given, GAINS),
    iou: 'probiou',
    assigner: { topk, ...parsePowers(assigner), overlap: 'probiou' },
  };
}
