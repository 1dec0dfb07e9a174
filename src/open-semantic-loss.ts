import { createSoftmax } from './backend/create-softmax.ts';
import { Criterion } from './criteria/criterion.ts';
import { semanticTask } from './criteria/semantic.ts';
import type { SemanticLoss, SemanticLossConfig } from './semantic-types.ts';
import { parseSemanticOptions } from './validate/semantic-options.ts';

/** Creates a criterion of semantic segmentation. Throws ConfigError and BackendError. */
export async function openSemanticLoss(
  action: string,
  config: SemanticLossConfig,
): Promise<SemanticLoss> {
  const options = parseSemanticOptions(action, config);
  return new Criterion(semanticTask(options), await createSoftmax(action, options));
}
