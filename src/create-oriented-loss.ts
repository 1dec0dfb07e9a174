import { selectBackend } from './backend/select.ts';
import { AssigningCriterion } from './criteria/assigning-criterion.ts';
import { orientedTask } from './criteria/oriented.ts';
import type { OrientedLoss, OrientedLossConfig } from './task-types.ts';
import { parseOrientedOptions } from './validate/oriented-options.ts';
import { reading } from './validate/read.ts';

/**
 * The training loss of detectors of rotated boxes: detection's, with ProbIoU in the place of CIoU in alignment and
 * box loss. DFL learns the distances to the unrotated box.
 *
 * Predictions are `{ feats, angles [B, 1, A] }`, radians, decoded; targets' `bboxes` are [N, 5], xywh normalised
 * and angle. A target below 2 px on a side is left out. Constants for the gradient are detection's.
 *
 * Source: Llerena et al., arXiv:2106.06072
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createOrientedLoss(config: OrientedLossConfig): Promise<OrientedLoss> {
  const action = 'createOrientedLoss';
  const options = reading(action, () => parseOrientedOptions(action, config));
  const backend = await selectBackend(action, options, ['rotatedHead']);
  // Gradients are where the predictions were, which the criterion's types do not say
  return new AssigningCriterion(orientedTask(options), backend) as OrientedLoss;
}
