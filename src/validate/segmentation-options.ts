import type { SegmentationLossConfig } from '../task-types.ts';
import { type DetectionOptions, GAINS, parseDetection, readOptions } from './options.ts';

/** Checked and complete configuration of a segmentation criterion. */
export interface SegmentationOptions extends DetectionOptions {
  overlap: boolean;
}

/**
 * Checks a segmentation criterion's configuration and fills in the defaults.
 *
 * @throws {ConfigError}
 */
export function parseSegmentationOptions(
  action: string,
  config: SegmentationLossConfig,
): SegmentationOptions {
  const given = readOptions(action, config, ['iou', 'overlap']);
  return { ...parseDetection(given, GAINS), overlap: given.boolean('overlap', true) };
}
