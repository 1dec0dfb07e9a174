import { selectBackend } from './backend/select.ts';
import { AssigningCriterion } from './criteria/assigning-criterion.ts';
import { poseTask } from './criteria/pose.ts';
import type { PoseLoss, PoseLossConfig } from './task-types.ts';
import { parsePoseOptions } from './validate/pose-options.ts';
import { reading } from './validate/read.ts';

/**
 * The training loss of pose estimation: detection's, and for its positives 1 − object keypoint similarity and the
 * class loss of visibility.
 *
 * Predictions are `{ feats, keypoints [B, K·D, A] }`; x and y decode to 2·value + anchor − 0.5, in grid units.
 * Constants for the gradient are detection's, and what is visible.
 *
 * Source: Maji et al., arXiv:2204.06806
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createPoseLoss(config: PoseLossConfig): Promise<PoseLoss> {
  const action = 'createPoseLoss';
  const options = reading(action, () => parsePoseOptions(action, config));
  const backend = await selectBackend(action, options, ['head', 'keypoints']);
  // Gradients are where the predictions were, which the criterion's types do not say
  return new AssigningCriterion(poseTask(options), backend) as PoseLoss;
}
