import { selectBackend } from './backend/select.ts';
import { AssigningCriterion } from './criteria/assigning-criterion.ts';
import { dualTask } from './criteria/dual.ts';
import type { DualLoss, DualLossConfig } from './task-types.ts';
import { parseDualOptions } from './validate/dual-options.ts';
import { reading } from './validate/read.ts';

/**
 * The training loss of end-to-end detectors: detection's loss of a head that learns many anchors a target, and of
 * one that learns a single one and needs no suppression of duplicates.
 *
 * Predictions are `{ oneToMany, oneToOne }`, each as detection's. Total and items are the sums of both heads'.
 * Constants for the gradient are detection's.
 *
 * Source: Wang et al., arXiv:2405.14458, section 3.1
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createDualLoss(config: DualLossConfig): Promise<DualLoss> {
  const action = 'createDualLoss';
  const options = reading(action, () => parseDualOptions(action, config));
  const backend = await selectBackend(action, options.oneToMany);
  // Gradients are where the predictions were, which the criterion's types do not say
  return new AssigningCriterion(dualTask(options), backend) as DualLoss;
}
