import { DETECTION } from './backend/programs/criteria/program.ts';
import { selectBackend } from './backend/select.ts';
import { AssigningCriterion } from './criteria/assigning-criterion.ts';
import { loadPart } from './load-part.ts';
import type { DualLoss, DualLossConfig } from './task-types.ts';
import { parseDualOptions } from './validate/dual-options.ts';

/**
 * The training loss of end-to-end detectors: the detection loss of a head with many anchors per target plus that of a
 * head with one anchor per target, which needs no suppression of duplicates.
 *
 * Predictions are `{ oneToMany, oneToOne }`, each as in {@link createDetectionLoss}. Total and items are sums over both
 * heads. The gradient has the same constants as that of the detection loss.
 *
 * Source: Wang et al., arXiv:2405.14458, section 3.1
 *
 * @example
 * ```js
 * import { createDualLoss } from 'detloss';
 *
 * const criterion = await createDualLoss({ numClasses: 3 });
 * const head = () => [8, 4, 2].map((side) => criterion.allocate([1, 67, side, side]));
 * const targets = { batchIdx: [0], cls: [2], bboxes: [0.5, 0.5, 0.4, 0.6] };
 * const predictions = { oneToMany: head(), oneToOne: head() };
 * const { items, grads } = await criterion.valueAndGrad(predictions, targets);
 * console.log(items.box, grads.oneToOne[0].shape);
 * ```
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createDualLoss(config: DualLossConfig): Promise<DualLoss> {
  const action = 'createDualLoss';
  const options = parseDualOptions(action, config);
  const part = () => import('./criteria/dual.ts');
  const { dualTask } = await loadPart(action, 'the dual loss', part);
  const backend = await selectBackend(action, options.oneToMany, {
    program: DETECTION,
    stages: ['head'],
  });
  return new AssigningCriterion(dualTask(options), backend);
}
