import type { DualLoss, DualLossConfig, DualTask } from './dual-types.ts';
import { loadPart } from './load-part.ts';

/**
 * The training loss of end-to-end detectors, such as YOLO26: the weighted losses of a head with many anchors per target and of a
 * head with one anchor per target, which needs no suppression of duplicates.
 *
 * Predictions are `{ oneToMany, oneToOne }`, each what the criterion of the option `task` takes: a list of levels for detection.
 * Prototypes of masks and the flow of poses are in a third and fourth part, `prototypes` and `flow`, because both heads share
 * them. The one-to-one head's loss has no gradient with respect to prototypes. Otherwise the gradient has the constants of the task's loss.
 *
 * Source: Wang et al., arXiv:2405.14458, section 3.1
 *
 * @example
 * ```js
 * import { createDualLoss, headWeights } from 'detloss';
 *
 * const criterion = await createDualLoss({ numClasses: 3, regMax: 1 });
 * const head = () => [8, 4, 2].map((side) => criterion.allocate([1, 7, side, side]));
 * const targets = { batchIdx: [0], cls: [2], bboxes: [0.5, 0.5, 0.4, 0.6] };
 * const predictions = { oneToMany: head(), oneToOne: head() };
 * const options = { headWeights: headWeights(0, 100) };
 * const { items, heads, grads } = await criterion.valueAndGrad(predictions, targets, options);
 * console.log(items.box, heads.oneToMany.items.box, grads.oneToOne[0].shape);
 * ```
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createDualLoss<Task extends DualTask = 'detection'>(
  config: DualLossConfig<Task>,
): Promise<DualLoss<Task>> {
  const action = 'createDualLoss';
  const part = () => import('./open-dual-loss.ts');
  const { openDualLoss } = await loadPart(action, 'the dual loss', part);
  return openDualLoss(action, config);
}
