import { expect, inject } from 'vitest';
import { createDetectionLoss, type DetectionLossConfig } from '../../src/index.ts';
import { builds, effortOn, fastest } from './builds.ts';
import { testAdapter, testDevice } from './gpu.ts';

/** A number that is asked for shares the work of small problems too; 'auto' would not. */
const threadCounts = (build: (typeof builds)[number]) => (build === fastest ? [1, 2, 4] : [1, 2]);

/** Devices with and without subgroups; Deno's WebGPU has none on a software adapter. */
const features: [name: string, features: GPUFeatureName[]][] = [];
if (inject('triesGpu')) {
  features.push(['webgpu, workgroup memory', []]);
  if ((await testAdapter()).features.has('subgroups')) {
    features.push(['webgpu, subgroups', ['subgroups']]);
  }
}

export const gpuBackends = await Promise.all(
  features.map(async ([name, needed]) => ({
    name,
    config: {
      backend: 'webgpu' as const,
      device: await testDevice(needed),
      wasm: undefined,
      threads: 1,
    },
    /** float32, where the WASM backend has float64: see ARCHITECTURE.md. */
    bound: 2e-5,
    /** In software a problem takes a second. Users of this adapter get the variant that has more of them. */
    effort: needed.length + 1 === features.length ? 0.08 : 0.04,
  })),
);

export const wasmBackends = builds.flatMap((own) =>
  threadCounts(own).map((threads) => ({
    name: `wasm, ${own.build}, threads: ${threads}`,
    config: { backend: 'wasm' as const, wasm: own.wasm, device: undefined, threads },
    /** Relative error of items and total, relative L2 error of gradients and scores. */
    bound: 2e-6,
    effort: effortOn(own, threads),
  })),
);

/** What every suite of a criterion runs on: a backend, and the error it is allowed. */
export const backends = [...wasmBackends, ...gpuBackends];

/**
 * Starts a backend's threads, for `beforeAll`: criteria that come and go share them, and need not start their own.
 *
 * @returns what ends them
 * @throws {Error} there are not as many as asked for, now or in the end
 */
export async function startThreads(
  config: Partial<DetectionLossConfig> & { threads: number },
): Promise<() => void> {
  const criterion = await createDetectionLoss({ numClasses: 1, ...config });
  const expectAll = () => expect(criterion.threads).toBe(config.threads);
  expectAll();
  return () => {
    expectAll();
    criterion.dispose();
  };
}
