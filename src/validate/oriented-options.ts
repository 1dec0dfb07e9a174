import type { OrientedLossConfig } from '../task-types.ts';
import {
  type DetectionOptions,
  GAINS,
  parseAssigner,
  parseGains,
  parseHead,
  readOptions,
} from './options.ts';

/** Throws ConfigError. */
export function parseOrientedOptions(action: string, config: OrientedLossConfig): DetectionOptions {
  const given = readOptions(action, config, []);
  return {
    ...parseHead(given),
    gains: parseGains(given, GAINS),
    assigner: parseAssigner(given),
    // Of upright boxes, which there are none of
    iou: 'ciou',
  };
}
