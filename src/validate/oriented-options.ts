import { DISTANCE_FRAMES, ORIENTED_DEFAULTS } from '../oriented-defaults.ts';
import type { OrientedLossConfig } from '../task-types.ts';
import {
  ASSIGNER_OPTIONS,
  type DetectionOptions,
  GAINS,
  type HeadsOptions,
  ONE_HEAD,
  parseCandidates,
  parseDistance,
  parseHead,
  readOptions,
  referenceOf,
} from './options.ts';

/** Checked and complete configuration of a criterion for rotated boxes. */
export interface OrientedOptions extends DetectionOptions {
  /** Shortest side of targets that are not left out, pixels. */
  smallestSide: number;
}

/** Checks the configuration of a criterion for rotated boxes, which are compared by ProbIoU. Throws ConfigError. */
export function parseOrientedOptions(
  action: string,
  config: OrientedLossConfig,
  heads: HeadsOptions = ONE_HEAD,
): OrientedOptions {
  const own = ['distances', 'covarianceFloor', 'smallestSide'];
  const given = readOptions(action, config, own, heads);
  const defaults = ORIENTED_DEFAULTS[referenceOf(given)];
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
    assigner: { ...heads.parseTopk(assigner), ...candidates, overlap: 'probiou' },
  };
}
