import { RESIZE_DEFAULTS, RESIZES, type Resize } from '../segmentation-defaults.ts';
import type { SegmentationGains, SegmentationLossConfig } from '../task-types.ts';
import {
  type DetectionOptions,
  GAINS,
  type HeadsOptions,
  ONE_HEAD,
  parseDetection,
  readOptions,
  referenceOf,
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
  heads: HeadsOptions = ONE_HEAD,
): SegmentationOptions {
  const given = readOptions(action, config, ['iou', 'overlap', 'resize'], heads);
  const names = ['box', 'seg', 'cls', 'dfl'];
  const seg = given.nested('gains', names).number('box', GAINS.box);
  return {
    ...parseDetection(given, { ...GAINS, seg }, heads),
    overlap: given.boolean('overlap', true),
    resize: given.oneOf('resize', RESIZES, RESIZE_DEFAULTS[referenceOf(given)]),
  };
}
