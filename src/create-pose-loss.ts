import { CRITERIA } from './backend/programs/criteria/program.ts';
import { selectBackend } from './backend/select.ts';
import { AssigningCriterion } from './criteria/assigning-criterion.ts';
import { loadPart } from './load-part.ts';
import type { PoseLoss, PoseLossConfig } from './task-types.ts';

/**
 * The training loss of pose estimation: the detection loss plus, for its positives, 1 − object keypoint similarity and
 * the binary cross-entropy of visibility.
 *
 * Predictions are `{ feats, keypoints [B, K·D, A] }`; x and y decode to 2·value + anchor − 0.5, in grid units, or to value +
 * anchor with `head: '26'`. That head may have `sigmas` [B, 2K, A] and a `flow` in addition, with which keypoints have a
 * likelihood (Li et al., arXiv:2107.11291). Visibility, like the constants of the detection loss, is constant for the gradient.
 *
 * Source: Maji et al., arXiv:2204.06806
 *
 * @example
 * ```js
 * import { createPoseLoss } from 'detloss';
 *
 * const criterion = await createPoseLoss({ numClasses: 1, keypointShape: [2, 3] });
 * const feats = [8, 4, 2].map((side) => criterion.allocate([1, 65, side, side])); // 84 anchors
 * const predictions = { feats, keypoints: criterion.allocate([1, 2 * 3, 84]) };
 * // Two keypoints: x, y, visibility
 * const keypoints = { data: [0.4, 0.5, 1, 0.6, 0.5, 0], shape: [1, 2, 3] };
 * const targets = { batchIdx: [0], cls: [0], bboxes: [0.5, 0.5, 0.4, 0.6], keypoints };
 * const { items, grads } = await criterion.valueAndGrad(predictions, targets);
 * console.log(items.pose, grads.keypoints.shape);
 * ```
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createPoseLoss(config: PoseLossConfig): Promise<PoseLoss> {
  const action = 'createPoseLoss';
  const part = () => import('./criteria/pose.ts');
  const { parsePoseOptions, poseTask } = await loadPart(action, 'the pose loss', part);
  const options = parsePoseOptions(action, config);
  const backend = await selectBackend(action, options, {
    program: CRITERIA,
    stages: ['head', 'keypoints'],
  });
  return new AssigningCriterion(poseTask(options), backend);
}
