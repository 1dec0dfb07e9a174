import { describe, expect, inject, it, vi } from 'vitest';
import { DETECTION } from '../../../src/backend/programs/criteria/program.ts';
import { compile, instantiate } from '../../../src/backend/runtime/module.ts';
import { SharedEngine } from '../../../src/backend/runtime/shared-engine.ts';
import { createDetectionLoss } from '../../../src/index.ts';
import { fastest } from '../../lib/builds.ts';
import { turnsUntil } from '../../lib/busy-page.ts';
import { config, create, feats, restoresAll, THREADS, targets } from '../../lib/lease-problem.ts';
import { bitsOf, expectBits } from '../../lib/same-bits.ts';
import { ended, type Thread, watched } from '../../lib/workers.ts';

restoresAll();

describe('criteria of the same options', () => {
  it('share their workers and memory, which end with the last of them', async () => {
    await watched(async (threads, memories) => {
      const criteria = await Promise.all(Array.from({ length: 64 }, () => create()));
      expect([threads.length, memories.length]).toEqual([THREADS - 1, 1]);
      const ends = endsOf(threads);
      const [last, ...others] = criteria;
      for (const criterion of others) {
        criterion.dispose();
        criterion.dispose();
      }
      expect(last.threads).toBe(THREADS);
      expect(last.valueSync(feats, targets).total).toBeGreaterThan(0);
      expect(ends.asked()).toBe(0);
      last.dispose();
      await null;
      expect(ends.asked()).toBe(THREADS - 1);
      await ends.all;
    });
  });

  it('start workers again after the last has ended', async () => {
    await watched(async (threads) => {
      for (let round = 1; round <= 3; round++) {
        using criterion = await create();
        expect(criterion.threads).toBe(THREADS);
        expect(threads.length).toBe(round * (THREADS - 1));
      }
    });
  });

  it('of another number of threads, or another build, have their own', async () => {
    await watched(async (threads, memories) => {
      using two = await create(2);
      using four = await create(4);
      const wasm = fastest.wasm.slice();
      using other = await createDetectionLoss({ ...config, wasm, threads: 2 });
      expect([two.threads, four.threads, other.threads]).toEqual([2, 4, 2]);
      expect([threads.length, memories.length]).toEqual([1 + 3 + 1, 3]);
    });
  });

  it('sees workers become ready while no message arrives: the event loop does not turn', async () => {
    const module = await compile('test', DETECTION, undefined, true);
    const instance = await instantiate('test', DETECTION, module, true);
    const workers = { count: 2, script: undefined };
    const shared = new SharedEngine(DETECTION, module, instance, workers);
    // A page loads the script of a worker in turns of its event loop
    const wait = typeof document === 'undefined' ? () => null : () => turnsUntil(Promise.resolve());
    while (shared.pool.workers < 2) await wait();
    shared.stop();
    expect(shared.pool.workers).toBe(0);
  });

  it('one that is disposed while another begins leaves it all its threads', async () => {
    // The first is disposed at each of the turns that the second takes to begin
    const step = inject('effort') === 1 ? 1 : 5;
    for (let turns = 0; turns < 40; turns += step) {
      const first = await create(2);
      const pending = create(2);
      for (let turn = 0; turn < turns; turn++) await null;
      first.dispose();
      using second = await pending;
      expect(second.threads, `disposed after ${turns} turns`).toBe(2);
    }
  });
});

describe('one thread', () => {
  it('where the binary is a WebAssembly.Module: allocate gives ordinary tensors', async () => {
    await watched(async (threads) => {
      const wasm = await WebAssembly.compile(fastest.wasm);
      using criterion = await createDetectionLoss({ ...config, threads: THREADS, wasm });
      expect(criterion.threads).toBe(1);
      expect(criterion.threadsReason).toBe('a WebAssembly.Module in `wasm` runs on one thread');
      expect(criterion.allocate([2, 3]).data.buffer).toBeInstanceOf(ArrayBuffer);
      expect(threads).toEqual([]);
    });
  });

  it('where there is no SharedArrayBuffer: allocate gives ordinary tensors, the same bits', async () => {
    using shared = await create();
    const expected = bitsOf(shared.valueAndGradSync(feats, targets));
    vi.stubGlobal('SharedArrayBuffer', undefined);
    vi.stubGlobal('crossOriginIsolated', false);
    await watched(async (threads) => {
      for (const asked of [THREADS, 'auto'] as const) {
        using criterion = await create(asked);
        expect(criterion.threads).toBe(1);
        expect(criterion.threadsReason).toMatch(/no SharedArrayBuffer, for which a page needs/);
        expect(criterion.allocate([2, 3]).data.buffer).toBeInstanceOf(ArrayBuffer);
        expectBits(criterion.valueAndGradSync(feats, targets), expected);
      }
      expect(threads).toEqual([]);
    });
  });

  it('where an isolated page has no SharedArrayBuffer: the reason does not blame the page', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    vi.stubGlobal('crossOriginIsolated', true);
    using criterion = await create();
    expect(criterion.threadsReason).toBe(
      'the engine has no SharedArrayBuffer, although the page is cross-origin isolated',
    );
  });

  it('where it is asked for: allocate gives ordinary tensors', async () => {
    await watched(async (threads) => {
      using criterion = await create(1);
      expect(criterion.threads).toBe(1);
      expect(criterion.threadsReason).toBe('threads: 1 was asked for');
      expect(criterion.allocate([2, 3]).data.buffer).toBeInstanceOf(ArrayBuffer);
      expect(threads).toEqual([]);
    });
  });
});

describe('fewer threads than were asked for', () => {
  const broken = 'throw new Error("no script of ours");';
  const url = () => URL.createObjectURL(new Blob([broken], { type: 'text/javascript' }));

  it('where their script fails: threadsReason says so', async () => {
    const inNode = globalThis.process?.getBuiltinModule?.('node:worker_threads');
    const worker = inNode ? `data:text/javascript,${broken}` : url();
    const script = inNode ? new URL(worker) : worker;
    using criterion = await createDetectionLoss({ ...config, threads: THREADS, worker: script });
    expect(criterion.threads).toBe(1);
    expect(criterion.threadsReason).toMatch(/^a worker is missing: .*no script of ours/);
  });

  it('where the runtime allows none: threadsReason says so', async () => {
    using criterion = await createDetectionLoss({
      ...config,
      threads: THREADS,
      worker: 'https://no.such.host.invalid/worker.js',
    });
    expect(criterion.threads).toBe(1);
    expect(criterion.threadsReason).toMatch(/^a worker is missing: ./);
  });

  it('none is missing: threadsReason says what was asked for', async () => {
    using criterion = await create();
    expect(criterion.threadsReason).toBe(`threads: ${THREADS} was asked for`);
    criterion.dispose();
    expect(criterion.threadsReason).toBe('the criterion is disposed');
  });
});

/** Number of threads that were asked to end, and a promise that all have ended; threads of a page do not tell. */
function endsOf(threads: readonly Thread[]): { asked(): number; all: Promise<unknown> } {
  const spies = threads.map((thread) => vi.spyOn(thread, 'terminate'));
  return {
    asked: () => spies.filter(({ mock }) => mock.calls.length > 0).length,
    all: Promise.all(threads.map(ended)),
  };
}
