import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { patience } from '../../../src/backend/runtime/pool.ts';
import { createDetectionLoss } from '../../../src/index.ts';
import { expectCode } from '../../lib/expect-code.ts';
import {
  bitsAlone,
  expectCalls,
  FAULT_PROBLEM,
  THREADS,
  faultTensors as tensors,
} from '../../lib/fault-problem.ts';
import {
  atPost,
  expectBitsUnlessLost,
  expectEnd,
  expectFaultless,
  expectUntouched,
  hasFault,
  kill,
  LATE,
  MOST_CALLS,
  placements,
  SHORT_PATIENCE,
} from '../../lib/faults.ts';
import { bitsOf, expectBits } from '../../lib/same-bits.ts';
import { threadProblem } from '../../lib/thread-problem.ts';
import { faultyScript, tellsOfEnds, watched } from '../../lib/workers.ts';

const { config, feats, targets } = FAULT_PROBLEM;
const expected = await bitsAlone();
const { waits } = patience;

afterEach(() => {
  vi.restoreAllMocks();
  patience.waits = waits;
});

describe('workers that are killed', () => {
  it.each(placements)('before the first call, $where: the same bits', async ({ isShared }) => {
    await watched(async (threads) => {
      using criterion = await createDetectionLoss({ ...config, threads: THREADS });
      expect(criterion.threads).toBe(THREADS);
      await kill(threads);
      expect(criterion.threads).toBe(tellsOfEnds ? 1 : THREADS);
      await expectCalls(criterion, isShared);
    });
  });

  it.each(placements)('one by one between calls, $where: the same bits', async ({ isShared }) => {
    await watched(async (threads) => {
      using criterion = await createDetectionLoss({ ...config, threads: THREADS });
      await expectCalls(criterion, isShared);
      for (let left = THREADS - 1; left > 0; left--) {
        await kill(threads.slice(left - 1, left));
        expect(criterion.threads).toBe(tellsOfEnds ? left : THREADS);
        await expectCalls(criterion, isShared);
      }
    });
  });

  it.each(placements)(
    'between the stages of a call, $where: the same bits',
    async ({ isShared }) => {
      await watched(async (threads) => {
        const reduceNormalizer = async (sum: number) => {
          await kill(threads);
          return sum;
        };
        using criterion = await createDetectionLoss({
          ...config,
          threads: THREADS,
          reduceNormalizer,
        });
        const { own, out } = tensors(criterion, isShared);
        expectBits(await criterion.valueAndGrad(own, targets, { out }), expected);
        expect(criterion.threads).toBe(tellsOfEnds ? 1 : THREADS);
      });
    },
  );

  it.each(placements)(
    'while tasks are under way, $where: the same bits, or THREADS_LOST and new tensors',
    async ({ isShared }) => {
      patience.waits = SHORT_PATIENCE;
      for (const posts of [1, 3, 10, 20]) {
        await watched(async (threads) => {
          using criterion = await createDetectionLoss({ ...config, threads: THREADS });
          const end = vi.fn(() => threads.map((thread) => thread.terminate()));
          atPost(posts, end);
          const { own, out } = tensors(criterion, isShared);
          expectBitsUnlessLost(criterion, own, out, isShared);
          expect(end).toHaveBeenCalledTimes(1);
          vi.restoreAllMocks();
          await kill(threads);
          await expectCalls(criterion, isShared);
          // A page does not tell of ends: a call notices only that a worker has begun its task and does not answer
          expect(tellsOfEnds ? [1] : [1, THREADS]).toContain(criterion.threads);
        });
      }
    },
  );
});

describe('workers that are late', () => {
  it.each(placements)(
    '$where: the same bits, and no write after the call',
    async ({ isShared }) => {
      await expectFaultless(LATE, isShared);
    },
  );

  it('value, another shape and another criterion meanwhile: the same bits', async () => {
    const small = threadProblem('nchw', 1, 40);
    using alone = await createDetectionLoss({ ...config, threads: 1 });
    const smallBits = bitsOf(alone.valueAndGradSync(small.feats, small.targets));
    const script = { threads: THREADS, worker: faultyScript(LATE) };
    using criterion = await createDetectionLoss({ ...config, ...script });
    using other = await createDetectionLoss({ ...config, ...script });
    for (let call = 0; call < 5; call++) {
      expectBits(criterion.valueAndGradSync(feats, targets), expected);
      expectBits(other.valueAndGradSync(small.feats, small.targets), smallBits);
    }
  });

  it('dispose does not wait for them, and allocated tensors are left alone', async () => {
    const worker = faultyScript(LATE);
    const criterion = await createDetectionLoss({ ...config, threads: THREADS, worker });
    const { own, out } = tensors(criterion, true);
    criterion.valueAndGradSync(own, targets, { out });
    criterion.dispose();
    await expectUntouched(out);
  });
});

describe('workers that never finish a task', () => {
  const stuck = 'count(); for (;;);';

  beforeEach(() => {
    patience.waits = SHORT_PATIENCE;
  });

  it('ordinary arrays: they end, the same bits', async () => {
    await expectEnd(stuck, false);
  });

  it('memory that threads share, in a task that writes to no tensor: they end, the same bits', async () => {
    await expectEnd(`if (name !== 'background') { ${stuck} } return run();`, true);
  });

  it('in a task that writes to a tensor: THREADS_LOST until other tensors are given', async () => {
    await watched(async (_, memories) => {
      const worker = faultyScript(`if (name === 'background') { ${stuck} } return run();`);
      using criterion = await createDetectionLoss({ ...config, threads: THREADS, worker });
      const { own, out } = tensors(criterion, true);
      const call = () => criterion.valueAndGradSync(own, targets, { out });
      for (let i = 0; i < MOST_CALLS && !hasFault(memories[0]); i++) {
        expectBitsUnlessLost(criterion, own, out, true);
      }
      expect(hasFault(memories[0])).toBe(true);
      await expectCode('THREADS_LOST', call, /out\[0\] needs memory of its own/);
      expect(criterion.threads).toBe(1);
      expect(criterion.threadsReason).toMatch(/did not answer/);
      await expectCalls(criterion, true);
      await expectCalls(criterion, false);
    });
  });

  it('when their call is disposed of in a pause: DISPOSED, and other criteria go on', async () => {
    if (typeof document === 'undefined') vi.stubGlobal('document', {});
    await watched(async () => {
      const script = { threads: THREADS, worker: faultyScript(stuck) };
      using other = await createDetectionLoss({ ...config, ...script });
      const criterion = await createDetectionLoss({ ...config, ...script });
      let now = 0;
      vi.spyOn(performance, 'now').mockImplementation(() => {
        now += 10;
        return now;
      });
      const paused = criterion.valueAndGrad(feats, targets).catch(({ code }) => code);
      criterion.dispose();
      expect(await paused).toBe('DISPOSED');
      expectBits(other.valueAndGradSync(feats, targets), expected);
      vi.unstubAllGlobals();
    });
  });
});

describe('workers whose kernels trap', () => {
  it.each([
    ['at once', "count(); throw new Error('trap');"],
    ['when all is done', "count(); run(); throw new Error('trap');"],
    ['now and then', "if (count() % 2) throw new Error('trap'); return run();"],
  ])('%s: the same bits', async (_, fault) => {
    for (const { isShared } of placements) {
      await expectFaultless(fault, isShared);
    }
  });
});
