import { afterAll, beforeAll, expect } from 'vitest';
import { createLosses, type Losses } from '../../src/index.ts';
import type { LossName } from './loss-cases.ts';

/** Any loss, called by its name. */
export type AnyLoss = (
  input: unknown,
  target: unknown,
  options?: object,
) => ReturnType<Losses['mse']>;

/** What every suite of the plain losses runs on. A number of threads shares the work of small problems too. */
export const lossBackends = [1, 2].map((threads) => ({
  name: `wasm, threads: ${threads}`,
  config: { backend: 'wasm' as const, threads },
  /** Relative error of values, relative L2 error of gradients and of unreduced values. */
  bound: 2e-6,
}));

/** Losses for the tests of a suite, made before them and disposed after them. */
export function useLosses(
  config: (typeof lossBackends)[number]['config'],
): (name: LossName) => AnyLoss {
  let losses: Losses | undefined;
  beforeAll(async () => {
    losses = await createLosses(config);
    expect(losses.threads).toBe(config.threads);
  });
  afterAll(() => losses?.dispose());
  return (name) => (losses as unknown as Record<LossName, AnyLoss>)[name];
}
