import type { SegmentationLossConfig } from '../task-types.ts';
import {
  type DetectionOptions,
  GAINS,
  parseAssigner,
  parseGains,
  parseHead,
  parseIou,
  readOptions,
} from './options.ts';

export interface SegmentationOptions extends DetectionOptions {
  overlap: boolean;
}

/** Throws ConfigError. */
export function parseSegmentationOptions(
  action: string,
  config: SegmentationLossConfig,
): SegmentationOptions {
  const given = readOptions(action, config, ['iou', 'overlap']);
  return {
    ...parseHead(given),
    gains: parseGains(given, GAINS),
    assigner: parseAssigner(given),
    iou: parseIou(given),
    overlap: given.boolean('overlap', true),
  };
}
