import { RESIZES, type Resize } from '../defaults.ts';
import type { SegmentationGains, SegmentationLossConfig } from '../task-types.ts';
import {
  type DetectionOptions,
  defaultsOf,
  GAINS,
  parseDetection,
  readOptions,
} from './options.ts';

/** Checked and complete configuration of a segmentation criterion. */
export interface SegmentationOptions extends DetectionOptions {
  gains: SegmentationGains;
  overlap: boolean;
  resize: Resize;
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
  const given = readOptions(action, config, ['iou', 'overlap', 'resize']);
  const names = ['box', 'seg', 'cls', 'dfl'];
  const seg = given.nested('gains', names).number('box', GAINS.box);
  return {
    ...parseDetection(given, { ...GAINS, seg }),
    overlap: given.boolean('overlap', true),
    resize: given.oneOf('resize', RESIZES, defaultsOf(given).resize),
  };
}
