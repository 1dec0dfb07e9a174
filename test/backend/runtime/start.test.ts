import { describe, expect, it, vi } from 'vitest';
import { createDetectionLoss } from '../../../src/index.ts';
import { turn } from '../../lib/busy-page.ts';
import { expectCalls, FAULT_PROBLEM, THREADS } from '../../lib/fault-problem.ts';
import { scriptUrl } from '../../lib/workers.ts';

const { config } = FAULT_PROBLEM;

/** Longest start of a criterion: twice the time that a worker has to start. */
const LONGEST_START_S = 20;

describe('workers that never start', () => {
  it.each([
    ['there is no such script', () => new URL('/no/such/worker.js', import.meta.url)],
    ['there is no such script, a string', () => new URL('/no/worker.js', import.meta.url).href],
    ['an address that is none', () => 'garbage'],
    ['a script that throws', () => scriptUrl('throw new Error("broken")')],
    ['a script that is none', () => scriptUrl('this is no script')],
  ])('%s: one thread, the same bits', async (_, worker) => {
    using criterion = await createDetectionLoss({ ...config, threads: THREADS, worker: worker() });
    expect(criterion.threads).toBe(1);
    await expectCalls(criterion, false);
    await expectCalls(criterion, true);
  });

  it.each([
    ['answers', 'setInterval(() => {}, 1000);'],
    ['gets its kernels', 'WebAssembly.instantiate = () => new Promise(() => {});'],
  ])('a script that never %s: one thread after a while, the same bits', async (_, script) => {
    const { WORKER } = await import('../../../src/backend/runtime/worker-source.ts');
    const worker = scriptUrl(script.startsWith('set') ? script : `${script}${WORKER}`);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const pending = createDetectionLoss({ ...config, threads: THREADS, worker });
      const settled = vi.fn();
      pending.then(settled, settled);
      let seconds = 0;
      while (settled.mock.calls.length === 0) {
        // Until a timer waits for the workers, kernels are compiled, for as long as it takes
        seconds += Math.min(vi.getTimerCount(), 1);
        await vi.advanceTimersByTimeAsync(1000);
        await turn();
      }
      expect(seconds).toBeLessThanOrEqual(LONGEST_START_S);
      using criterion = await pending;
      expect(criterion.threads).toBe(1);
      await expectCalls(criterion, false);
      await expectCalls(criterion, true);
    } finally {
      vi.useRealTimers();
    }
  });
});
