import { afterEach, vi } from 'vitest';
import { createDetectionLoss } from '../../src/index.ts';
import { fastest } from './builds.ts';
import { threadProblem } from './thread-problem.ts';

/** Number of threads of a criterion, unless a test says otherwise. */
export const THREADS = 3;

const problem = threadProblem('nhwc', 2, 20);

/** Problem of the tests of memory and workers that criteria lease. */
export const { feats, targets } = problem;

/** With a binary of its own, so that criteria of other tests share nothing with these. */
export const config = { ...problem.config, wasm: fastest.wasm.slice() };

export const create = (threads: number | 'auto' = THREADS) =>
  createDetectionLoss({ ...config, threads });

/** Restores spies and globals after each test of a file. */
export function restoresAll(): void {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
}
