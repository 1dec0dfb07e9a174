import { afterAll, beforeAll, expect, inject } from 'vitest';
import {
  createLosses,
  type Losses,
  type LossesConfig,
  type PlainLossResult,
} from '../../src/index.ts';
import { gpuBackends } from './backends.ts';
import type { LossName } from './loss-cases.ts';

/** Any loss, called by its name. */
export type AnyLoss = (
  input: unknown,
  target: unknown,
  options?: object,
) => Promise<PlainLossResult>;

interface OwnBackend {
  name: string;
  config: LossesConfig & { threads: number };
  /** Relative error of values, relative L2 error of gradients and of unreduced values. */
  bound: number;
  /** Share of the random problems that the suites try on the backend. */
  effort: number;
}

/**
 * Backends on which every suite of the plain losses runs. Explicit numbers of threads share even small problems. The GPU
 * variant is the one that users get; the other one only adds up differently, which the criteria's tests cover.
 */
export const lossBackends: OwnBackend[] = [
  ...[1, 2].map((threads) => ({
    name: `wasm, threads: ${threads}`,
    config: { backend: 'wasm' as const, threads },
    bound: 2e-6,
    effort: inject('effort'),
  })),
  ...gpuBackends.slice(-1).map(({ name, config: { backend, device }, bound, effort }) => ({
    name,
    config: { backend, device, threads: 1 },
    bound,
    // Every shape is a call that waits
    effort: effort / 4,
  })),
];

/** Losses for the tests of a suite, made before them and disposed after them. */
export function useLosses(config: OwnBackend['config']): (name: LossName) => AnyLoss {
  let losses: Losses | undefined;
  beforeAll(async () => {
    losses = await createLosses(config);
    expect([losses.backend, losses.threads]).toEqual([config.backend, config.threads]);
  });
  afterAll(() => losses?.dispose());
  return (name) => (losses as unknown as Record<LossName, AnyLoss>)[name];
}
