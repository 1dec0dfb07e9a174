import { CRITERIA } from './backend/programs/criteria/program.ts';
import { selectBackend } from './backend/select.ts';
import { AssigningCriterion } from './criteria/assigning-criterion.ts';
import { loadPart } from './load-part.ts';
import type { OrientedLoss, OrientedLossConfig } from './task-types.ts';

/**
 * The training loss of detectors of rotated boxes: the detection loss with ProbIoU instead of CIoU in alignment and
 * box loss, and a loss of the angle. The distance loss compares distances in the target's own frame.
 *
 * Predictions are `{ feats, angles [B, 1, A] }` with decoded angles in radians. The targets' `bboxes` are [N, 5]:
 * normalised xywh and angle. A target with a side below `smallestSide` is ignored. The gradient has the same constants as that of
 * the detection loss.
 *
 * Source: Llerena et al., arXiv:2106.06072
 *
 * @example
 * ```js
 * import { createOrientedLoss } from 'detloss';
 *
 * const criterion = await createOrientedLoss({ numClasses: 3 });
 * const feats = [8, 4, 2].map((side) => criterion.allocate([1, 67, side, side])); // 84 anchors
 * const predictions = { feats, angles: criterion.allocate([1, 1, 84]) };
 * const targets = { batchIdx: [0], cls: [2], bboxes: [0.5, 0.5, 0.6, 0.4, Math.PI / 6] };
 * const { items, grads } = await criterion.valueAndGrad(predictions, targets);
 * console.log(items.box, grads.angles.shape);
 * ```
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createOrientedLoss(config: OrientedLossConfig): Promise<OrientedLoss> {
  const action = 'createOrientedLoss';
  const part = () => import('./criteria/oriented.ts');
  const { parseOrientedOptions, orientedTask } = await loadPart(
    action,
    'the loss of rotated boxes',
    part,
  );
  const options = parseOrientedOptions(action, config);
  const backend = await selectBackend(action, options, {
    program: CRITERIA,
    stages: ['rotatedHead'],
  });
  return new AssigningCriterion(orientedTask(options), backend);
}
