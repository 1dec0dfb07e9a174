import { loadPart } from './load-part.ts';
import type { Losses, LossesConfig } from './loss-types.ts';
import { BACKEND_OPTIONS, parseBackend } from './validate/backend-options.ts';
import { OptionReader } from './validate/option-reader.ts';

/**
 * The plain losses, each with its exact gradient: regression, classification, segmentation and box losses.
 *
 * `await losses.mse(input, target, { reduction, out })` returns `{ value, grad }`. [Losses](../docs/losses.md) has the
 * formula, shapes, options and source of every loss.
 *
 * @example
 * ```js
 * import { createLosses } from 'detloss';
 *
 * const losses = await createLosses();
 * const logits = { data: Float32Array.of(2, -1, 0.5, 0, 3, -2), shape: [2, 3] };
 * const { value, grad } = await losses.crossEntropy(logits, { data: [0, 1], shape: [2] });
 * console.log(value, grad.shape);
 * ```
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createLosses(config: LossesConfig = {}): Promise<Losses> {
  const action = 'createLosses';
  const options = parseBackend(new OptionReader(action, 'config', config, BACKEND_OPTIONS));
  const part = () => import('./losses/index.ts');
  const { openLosses } = await loadPart(action, 'the plain losses', part);
  return openLosses(action, options);
}
