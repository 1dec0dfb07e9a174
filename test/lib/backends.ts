import { expect, inject } from 'vitest';
import { createDetectionLoss, type DetectionLossConfig } from '../../src/index.ts';
import { builds, effortOn, fastest } from './builds.ts';
import { testAdapter, testDevice } from './gpu.ts';

/**
 * Explicit numbers of threads, which share even small problems, unlike 'auto': one fewer where only a share of the problems is
 * tried.
 */
const threadCounts = (build: (typeof builds)[number]) => {
  const counts = build === fastest ? [1, 2, 4] : [1, 2];
  return inject('effort') < 1 ? counts.slice(0, -1) : counts;
};

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
    /** Larger than for WASM, which computes in float64, because shaders have float32; see ARCHITECTURE.md. */
    bound: 2e-5,
    /** A problem takes a second in software. Users of this adapter get the variant with more features. */
    effort: inject('effort') * (needed.length + 1 === features.length ? 0.3 : 0.15),
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

/** Backends on which every suite of a criterion runs, each with its error bound. */
export const backends = [...wasmBackends, ...gpuBackends];

/**
 * Starts a backend's threads in `beforeAll`, so that the tests' criteria share them.
 *
 * @returns function that ends them
 * @throws {Error} the number of threads is not the requested one, at the start or at the end
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
