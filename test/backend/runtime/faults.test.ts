import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DETECTION } from '../../../src/backend/programs/criteria/program.ts';
import { compile, instantiate } from '../../../src/backend/runtime/module.ts';
import { patience } from '../../../src/backend/runtime/pool.ts';
import {
  createDetectionLoss,
  type DetectionLoss,
  type DetlossError,
  type Tensor,
} from '../../../src/index.ts';
import { alwaysShare } from '../../lib/always-share.ts';
import { expectCode } from '../../lib/expect-code.ts';
import {
  bitsAlone,
  expectCalls,
  FAULT_PROBLEM,
  THREADS,
  faultTensors as tensors,
} from '../../lib/fault-problem.ts';
import { bitsOf, expectBits } from '../../lib/same-bits.ts';
import { threadProblem } from '../../lib/thread-problem.ts';
import {
  ended,
  faultsOf,
  faultyScript,
  type Thread,
  tellsOfEnds,
  watched,
} from '../../lib/workers.ts';

alwaysShare();

const { config, feats, targets } = FAULT_PROBLEM;
const arenaBase = await arenaBaseOf();
const expected = await bitsAlone();

/** Most calls until a worker gets a task: on a busy machine the main thread may run all tasks of a call. */
const MOST_CALLS = 100;
/** Time that a late worker sleeps in every task. */
const LATE_MS = 60;
/** Time after a call in which a worker that is still at a task would write. */
const AFTERMATH_MS = 5 * LATE_MS;
/** Number of waits after which workers that never answer are lost, where a test awaits that: some 20 ms. */
const SHORT_PATIENCE = 200;

/** Kinds of memory that hold predictions and out. */
const placements = [
  { where: 'ordinary arrays', isShared: false },
  { where: 'memory that threads share', isShared: true },
];

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
          expect(criterion.threads).toBe(tellsOfEnds ? 1 : THREADS);
        });
      }
    },
  );
});

describe('workers that are late', () => {
  const late = `count(); sleep(${LATE_MS}); return run();`;

  it.each(placements)(
    '$where: the same bits, and no write after the call',
    async ({ isShared }) => {
      await expectFaultless(late, isShared);
    },
  );

  it('value, another shape and another criterion meanwhile: the same bits', async () => {
    const small = threadProblem('nchw', 1, 40);
    using alone = await createDetectionLoss({ ...config, threads: 1 });
    const smallBits = bitsOf(alone.valueAndGradSync(small.feats, small.targets));
    const script = { threads: THREADS, worker: faultyScript(late) };
    using criterion = await createDetectionLoss({ ...config, ...script });
    using other = await createDetectionLoss({ ...config, ...script });
    for (let call = 0; call < 5; call++) {
      expectBits(criterion.valueAndGradSync(feats, targets), expected);
      expectBits(other.valueAndGradSync(small.feats, small.targets), smallBits);
    }
  });

  it('dispose does not wait for them, and allocated tensors are left alone', async () => {
    const worker = faultyScript(late);
    const criterion = await createDetectionLoss({ ...config, threads: THREADS, worker });
    const { own, out } = tensors(criterion, true);
    criterion.valueAndGradSync(own, targets, { out });
    criterion.dispose();
    await expectUntouched(out);
  });
});

describe('workers that are late while a page does other work', () => {
  const late = `count(); sleep(${LATE_MS}); return run();`;

  // The engine takes every runtime for a page, whose clock makes it pause after every task
  beforeEach(() => {
    let now = 0;
    if (typeof document === 'undefined') vi.stubGlobal('document', {});
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 10;
      return now;
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  it.each(placements)('$where: the same bits, also of a call in between', async ({ isShared }) => {
    const worker = faultyScript(late);
    using criterion = await createDetectionLoss({ ...config, threads: THREADS, worker });
    expect(criterion.threads).toBe(THREADS);
    const { own, out } = tensors(criterion, isShared);
    const paused = criterion.valueAndGrad(own, targets, { out });
    expectBits(criterion.valueAndGradSync(feats, targets), expected);
    expectBits(await paused, expected);
    await expectUntouched(out);
  });

  it.each(placements)('killed in a pause, $where: the same bits', async ({ isShared }) => {
    await watched(async (threads) => {
      using criterion = await createDetectionLoss({ ...config, threads: THREADS });
      const { own, out } = tensors(criterion, isShared);
      const paused = criterion.valueAndGrad(own, targets, { out });
      await kill(threads);
      expectBits(await paused, expected);
    });
  });

  it.each([
    { others: 'another criterion', hasOther: true },
    { others: 'no other criterion', hasOther: false },
  ])(
    'disposed in a pause while a tensor is written to, $others uses the workers: DISPOSED, no late write',
    async ({ hasOther }) => {
      const fault = `if (name === 'background') { count(); sleep(${LATE_MS}); } return run();`;
      await watched(async (_, memories) => {
        const script = { threads: THREADS, worker: faultyScript(fault) };
        const other = await createDetectionLoss({ ...config, ...script });
        if (!hasOther) other.dispose();
        let isReached = false;
        for (let call = 0; call < MOST_CALLS && !isReached; call++) {
          const criterion = await createDetectionLoss({ ...config, ...script });
          const { own, out } = tensors(criterion, true);
          const memory = memories[memories.length - 1];
          const paused = criterion.valueAndGrad(own, targets, { out }).catch(({ code }) => code);
          let isOver = false;
          paused.then(() => {
            isOver = true;
          });
          const hasFault = () => faultsOf(memory, arenaBase) > 0;
          while (!isOver && !hasFault()) await new Promise((resolve) => setTimeout(resolve));
          isReached = hasFault();
          criterion.dispose();
          if (!isOver) expect(await paused).toBe('DISPOSED');
          await expectUntouched(out);
        }
        expect(isReached).toBe(true);
        if (hasOther) expectBits(other.valueAndGradSync(feats, targets), expected);
        other.dispose();
      });
    },
  );
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
      for (let i = 0; i < MOST_CALLS && faultsOf(memories[0], arenaBase) === 0; i++) {
        expectBitsUnlessLost(criterion, own, out, true);
      }
      expect(faultsOf(memories[0], arenaBase)).toBeGreaterThan(0);
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

/** Fails unless calls on such workers have the same bits, and write nothing afterwards. */
async function expectFaultless(fault: string, isShared: boolean): Promise<void> {
  await watched(async (_, memories) => {
    const worker = faultyScript(fault);
    using criterion = await createDetectionLoss({ ...config, threads: THREADS, worker });
    const { own, out } = tensors(criterion, isShared);
    callUntilFault(criterion, own, out, memories[0]);
    await expectUntouched(out);
    expectBits(criterion.valueAndGradSync(own, targets, { out }), expected, 'a later call');
    await expectUntouched(out);
    expect(criterion.threads).toBe(THREADS);
  });
}

/** Fails unless calls on workers that never finish have the same bits and end the workers. */
async function expectEnd(fault: string, isShared: boolean): Promise<void> {
  await watched(async (started, memories) => {
    const worker = faultyScript(fault);
    using criterion = await createDetectionLoss({ ...config, threads: THREADS, worker });
    const ends = started.map((thread) => vi.spyOn(thread, 'terminate'));
    const { own, out } = tensors(criterion, isShared);
    callUntilFault(criterion, own, out, memories[0]);
    expectBits(criterion.valueAndGradSync(own, targets, { out }), expected, 'a later call');
    expect(criterion.threads).toBe(1);
    for (const end of ends) expect(end).toHaveBeenCalled();
  });
}

/** Repeats a call until a worker has shown its fault; fails if bits differ. */
function callUntilFault(
  criterion: DetectionLoss,
  own: Tensor[],
  out: Tensor[],
  memory: WebAssembly.Memory,
): void {
  const isReached = () => faultsOf(memory, arenaBase) > 0;
  for (let call = 0; call < MOST_CALLS && !isReached(); call++) {
    expectBits(criterion.valueAndGradSync(own, targets, { out }), expected, `call ${call}`);
  }
  expect(isReached()).toBe(true);
}

/** Fails unless a call has the same bits, or THREADS_LOST where workers write to tensors. */
function expectBitsUnlessLost(
  criterion: DetectionLoss,
  own: Tensor[],
  out: Tensor[],
  isShared: boolean,
): void {
  try {
    expectBits(criterion.valueAndGradSync(own, targets, { out }), expected);
  } catch (error) {
    if (!isShared || (error as DetlossError).code !== 'THREADS_LOST') throw error;
  }
}

/** Fails if a worker writes to these tensors. */
async function expectUntouched(out: readonly Tensor[]): Promise<void> {
  for (const { data } of out) data.fill(7);
  await new Promise((resolve) => setTimeout(resolve, AFTERMATH_MS));
  expect(out.every(({ data }) => data.every((value) => value === 7))).toBe(true);
}

async function kill(threads: readonly Thread[]): Promise<void> {
  for (const thread of threads) thread.terminate();
  await Promise.all(threads.map(ended));
}

/** Has `act` called in the midst of a call, when its nth task is posted: the pool counts posts by an atomic add. */
function atPost(nth: number, act: () => void): void {
  const add = Atomics.add as (words: Int32Array, at: number, by: number) => number;
  let posts = 0;
  vi.spyOn(Atomics as { add: typeof add }, 'add').mockImplementation((words, at, by) => {
    if (++posts === nth) act();
    return add(words, at, by);
  });
}

async function arenaBaseOf(): Promise<number> {
  const module = await compile('test', DETECTION, undefined, false);
  return (await instantiate('test', DETECTION, module, false)).exports.arenaBase(0);
}
