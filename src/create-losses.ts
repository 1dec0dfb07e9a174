import { loadPart } from './load-part.ts';
import type { Losses, LossesConfig } from './loss-types.ts';
import { parseBackend } from './validate/backend-options.ts';
import { OptionReader } from './validate/option-reader.ts';
import { reading } from './validate/read.ts';

/**
 * The plain losses, each with its exact gradient: regression, classification, segmentation and box losses.
 *
 * `await losses.mse(input, target, { reduction, out })` gives `{ value, grad }`. [Losses](../docs/losses.md) has every loss's
 * formula, shapes, options and source.
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createLosses(config: LossesConfig = {}): Promise<Losses> {
  const action = 'createLosses';
  const known = ['backend', 'device', 'threads', 'wasm', 'worker'];
  const options = reading(action, () =>
    parseBackend(new OptionReader(action, 'config', config, known)),
  );
  const part = () => import('./losses/index.ts');
  const { openLosses } = await loadPart(action, 'the plain losses', part);
  return openLosses(action, options);
}
