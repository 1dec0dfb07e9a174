import { taskAligned } from '../../src/backend/assign/task-aligned.ts';
import type { HeadInputs } from '../../src/backend/backend.ts';
import type { BoxLoss, Dense, GroupedTargets, Predictions } from '../../src/backend/inputs.ts';
import type { BoxIouKind } from '../../src/kinds.ts';
import { resolveOptions } from '../../src/reference/options.ts';

/** Losses of boxes as reference '8.3' has them. */
export function boxLossOf(iou: BoxIouKind): BoxLoss {
  return { iou, distance: 'none', distances: 'upright', covarianceFloor: 0 };
}

/** Inputs of a head with the default options, for stages that do not depend on them. */
export function headInputs(
  predictions: Predictions<Dense>,
  targets: GroupedTargets,
  options: Partial<HeadInputs> = {},
): HeadInputs {
  return {
    predictions,
    targets,
    assigner: taskAligned(resolveOptions({ numClasses: 1, reference: '8.3' }).assigner),
    classification: { kind: 'bce', alpha: 0.5, gamma: 0 },
    classWeights: null,
    boxLoss: boxLossOf('ciou'),
    ...options,
  };
}
