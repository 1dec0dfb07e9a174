import type { ClassificationLoss, ClassificationLossConfig } from './classification-types.ts';
import { Criterion } from './criteria/criterion.ts';
import { loadPart } from './load-part.ts';
import { parseClassificationOptions } from './validate/classification-options.ts';

/**
 * The training loss of classifiers: mean softmax cross-entropy over the batch, with label smoothing.
 *
 * Predictions are `{ logits [B, C] }`, targets are `{ cls }`. The total is the mean, without a factor B.
 *
 * @example
 * ```js
 * import { createClassificationLoss } from 'detloss';
 *
 * const criterion = await createClassificationLoss({ numClasses: 3, labelSmoothing: 0.1 });
 * const logits = { data: Float32Array.of(2, 0, -1, 0, 1, 0), shape: [2, 3] };
 * const { total, grads } = await criterion.valueAndGrad({ logits }, { cls: [0, 1] });
 * console.log(total, grads.logits.data);
 * ```
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createClassificationLoss(
  config: ClassificationLossConfig,
): Promise<ClassificationLoss> {
  const action = 'createClassificationLoss';
  const options = parseClassificationOptions(action, config);
  const parts = () =>
    Promise.all([import('./criteria/classification.ts'), import('./backend/classifier.ts')]);
  const loading = loadPart(action, 'the losses of classifiers', parts);
  const [{ classificationTask }, { createClassifier }] = await loading;
  const backend = await createClassifier(action, options);
  return new Criterion(classificationTask(options), backend);
}
