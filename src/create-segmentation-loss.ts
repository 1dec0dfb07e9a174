import { selectBackend } from './backend/select.ts';
import { AssigningCriterion } from './criteria/assigning-criterion.ts';
import { segmentationTask } from './criteria/segmentation.ts';
import type { SegmentationLoss, SegmentationLossConfig } from './task-types.ts';
import { reading } from './validate/read.ts';
import { parseSegmentationOptions } from './validate/segmentation-options.ts';

/**
 * The training loss of instance segmentation: detection's, and the mask loss of its positives, each inside its
 * target's box, with the gain of the boxes.
 *
 * Predictions are `{ feats, coefficients [B, M, A], prototypes [B, M, h, w] }`; a mask's logits are Σ over m of
 * coefficient · prototype. Crop and area are constants for the gradient, beside detection's.
 *
 * Source: Bolya et al., arXiv:1904.02689
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createSegmentationLoss(
  config: SegmentationLossConfig,
): Promise<SegmentationLoss> {
  const action = 'createSegmentationLoss';
  const options = reading(action, () => parseSegmentationOptions(action, config));
  const backend = await selectBackend(action, options, ['head', 'masks']);
  // Gradients are where the predictions were, which the criterion's types do not say
  return new AssigningCriterion(segmentationTask(options), backend) as SegmentationLoss;
}
