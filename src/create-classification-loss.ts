import { classificationTask } from './criteria/classification.ts';
import { Criterion } from './criteria/criterion.ts';
import { loadPart } from './load-part.ts';
import type { ClassificationLoss, ClassificationLossConfig } from './task-types.ts';
import { parseClassificationOptions } from './validate/classification-options.ts';
import { reading } from './validate/read.ts';

/**
 * The training loss of classifiers: softmax cross-entropy, mean over the batch, with smoothed labels.
 *
 * Predictions are `{ logits [B, C] }`, targets `{ cls }`. The total is the item itself, without a factor B.
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createClassificationLoss(
  config: ClassificationLossConfig,
): Promise<ClassificationLoss> {
  const action = 'createClassificationLoss';
  const options = reading(action, () => parseClassificationOptions(action, config));
  const part = () => import('./backend/classifier.ts');
  const { createClassifier } = await loadPart(action, 'the losses of classifiers', part);
  const backend = await createClassifier(action, options);
  // Gradients are where the predictions were, which the criterion's types do not say
  return new Criterion(classificationTask(options), backend) as ClassificationLoss;
}
