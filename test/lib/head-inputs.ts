import { taskAligned } from '../../src/backend/assign/task-aligned.ts';
import type { HeadInputs } from '../../src/backend/backend.ts';
import type { Dense, GroupedTargets, Predictions } from '../../src/backend/inputs.ts';

/** Inputs of a head with the default options, for stages that do not depend on them. */
export function headInputs(
  predictions: Predictions<Dense>,
  targets: GroupedTargets,
  options: Partial<HeadInputs> = {},
): HeadInputs {
  return {
    predictions,
    targets,
    assigner: taskAligned({ topk: 10, alpha: 0.5, beta: 6, overlap: 'ciou' }),
    classification: { kind: 'bce', alpha: 0.5, gamma: 0 },
    iou: 'ciou',
    ...options,
  };
}
