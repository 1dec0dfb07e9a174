import { DETECTION } from './backend/programs/criteria/program.ts';
import { selectBackend } from './backend/select.ts';
import { AssigningCriterion } from './criteria/assigning-criterion.ts';
import { detectionTask } from './criteria/detection.ts';
import type { DetectionLoss, DetectionLossConfig } from './types.ts';
import { parseOptions } from './validate/options.ts';

/**
 * The training loss of YOLOv8-style detectors, with exact gradients: task-aligned assignment, class loss,
 * IoU loss and distribution focal loss.
 *
 * Predictions are raw head outputs, one tensor per level, with 4·R box channels (left, top, right, bottom, R
 * bins each) and C class logits. Assignment, scores and the normalizer are constants for the gradient.
 *
 * Sources: TAL, arXiv:2108.07755; DFL, arXiv:2006.04388; CIoU, arXiv:1911.08287.
 *
 * @example
 * ```js
 * import { createDetectionLoss } from 'detloss';
 *
 * const criterion = await createDetectionLoss({ numClasses: 3 });
 * // Raw head outputs for one image of 64×64 px: 4·16 box channels, then 3 class logits
 * const feats = [8, 4, 2].map((side) => criterion.allocate([1, 67, side, side]));
 * const targets = { batchIdx: [0], cls: [2], bboxes: [0.5, 0.5, 0.4, 0.6] };
 * const { total, items, grads } = await criterion.valueAndGrad(feats, targets);
 * console.log(total, items.box, grads[0].shape);
 * ```
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createDetectionLoss(config: DetectionLossConfig): Promise<DetectionLoss> {
  const action = 'createDetectionLoss';
  const options = parseOptions(action, config);
  const backend = await selectBackend(action, options, { program: DETECTION, stages: ['head'] });
  return new AssigningCriterion(detectionTask(options), backend);
}
