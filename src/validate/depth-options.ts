import type { DepthItems, DepthLossConfig } from '../depth-types.ts';
import { BACKEND_OPTIONS, type BackendOptions, parseBackend } from './backend-options.ts';
import { OptionReader } from './option-reader.ts';

/** Checked and complete configuration of a depth criterion. */
export interface DepthOptions extends BackendOptions {
  gains: DepthItems;
  lambda: number;
  checkFinite: boolean;
}

/**
 * Checks the configuration of a depth criterion and fills in the defaults.
 *
 * @throws {ConfigError}
 */
export function parseDepthOptions(action: string, config: DepthLossConfig): DepthOptions {
  const known = ['gains', 'lambda', 'checkFinite', ...BACKEND_OPTIONS];
  const given = new OptionReader(action, 'config', config, known);
  const isOnWasm = (backend: unknown) => backend === 'auto' || backend === 'wasm';
  given.where('backend', isOnWasm, "'auto' or 'wasm', on which alone this loss runs", 'auto');
  const isNone = (device: unknown) => device === undefined;
  given.where('device', isNone, 'none, because this loss runs on WASM alone');
  const gains = given.nested('gains', ['dlog', 'dgrad']);
  return {
    gains: { dlog: gains.number('dlog', 1), dgrad: gains.number('dgrad', 0.5) },
    lambda: given.number('lambda', 1, 1),
    checkFinite: given.boolean('checkFinite', false),
    ...parseBackend(given),
  };
}
