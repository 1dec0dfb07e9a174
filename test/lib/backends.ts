import { expect } from 'vitest';
import { BASELINE, RELAXED } from '../../src/backend/wasm/binary.ts';
import { createDetectionLoss, type DetectionLossConfig } from '../../src/index.ts';

const decode = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** Builds of the WASM module that this engine can compile: Node 20 knows no relaxed SIMD. */
export const builds = [
  { build: 'baseline', wasm: decode(BASELINE) },
  { build: 'relaxed', wasm: decode(RELAXED) },
].filter(({ wasm }) => WebAssembly.validate(wasm));

/** The build that a criterion has where none is asked for. */
export const fastest = builds[builds.length - 1];

/** A number that is asked for shares the work of small problems too; 'auto' would not. */
const threadCounts = (build: (typeof builds)[number]) => (build === fastest ? [1, 2, 4] : [1, 2]);

/** What every suite of a criterion runs on: a backend, and the error it is allowed. */
export const backends = builds.flatMap((own) =>
  threadCounts(own).map((threads) => ({
    name: `wasm, ${own.build}, threads: ${threads}`,
    config: { backend: 'wasm' as const, wasm: own.wasm, threads },
    /** Relative error of items and total, relative L2 error of gradients and scores. */
    bound: 2e-6,
  })),
);

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
