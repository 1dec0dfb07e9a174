import { DISTANCE_FRAMES } from '../defaults.ts';
import type { OrientedLossConfig } from '../task-types.ts';
import {
  ASSIGNER_OPTIONS,
  type DetectionOptions,
  defaultsOf,
  GAINS,
  parseCandidates,
  parseDistance,
  parseHead,
  parseTopk,
  readOptions,
} from './options.ts';

/** Checked and complete configuration of a criterion for rotated boxes. */
export interface OrientedOptions extends DetectionOptions {
  /** Shortest side of targets that are not left out, pixels. */
  smallestSide: number;
}

/** Checks the configuration of a criterion for rotated boxes, which are compared by ProbIoU. Throws ConfigError. */
export function parseOrientedOptions(action: string, config: OrientedLossConfig): OrientedOptions {
  const given = readOptions(action, config, ['distances', 'covarianceFloor', 'smallestSide']);
  const defaults = defaultsOf(given);
  const head = parseHead(given, { ...GAINS, angle: defaults.angle });
  const assigner = given.nested('assigner', ASSIGNER_OPTIONS);
  const candidates = parseCandidates(given, assigner, head);
  return {
    ...head,
    boxLoss: {
      iou: 'probiou',
      distance: parseDistance(given),
      distances: given.oneOf('distances', DISTANCE_FRAMES, defaults.distances),
      covarianceFloor: given.number('covarianceFloor', defaults.covarianceFloor),
    },
    smallestSide: given.number('smallestSide', 2),
    assigner: { ...parseTopk(assigner), ...candidates, overlap: 'probiou' },
  };
}
