import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DETECTION } from '../../../src/backend/programs/criteria/program.ts';
import { compile, instantiate } from '../../../src/backend/runtime/module.ts';
import { createDetectionLoss, type DetectionLoss, type Tensor } from '../../../src/index.ts';
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

const { config, feats, targets } = FAULT_PROBLEM;
const arenaBase = await arenaBaseOf();
const expected = await bitsAlone();

/** Longest time of a call: less than two waits for a worker until it counts as dead, as one wait is for all workers. */
const LONGEST_CALL_MS = 3900;
/** Most calls until a worker gets a task: on a busy machine the main thread may run all tasks of a call. */
const MOST_CALLS = 100;
/** Time that a late worker sleeps in every task: far longer than others wait for it. */
const LATE_MS = 60;
/** Time after a call in which a late worker would have written. */
const AFTERMATH_MS = 5 * LATE_MS;

/** Kinds of memory that hold predictions and out. */
const placements = [
  { where: 'ordinary arrays', isShared: false },
  { where: 'memory that threads share', isShared: true },
];

afterEach(() => vi.restoreAllMocks());

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

  it.each(placements)('while tasks are under way, $where: the same bits', async ({ isShared }) => {
    for (const posts of [1, 3, 10, 20]) {
      await watched(async (threads) => {
        using criterion = await createDetectionLoss({ ...config, threads: THREADS });
        const { own, out } = tensors(criterion, isShared);
        const end = vi.fn(() => threads.map((thread) => thread.terminate()));
        atPost(posts, end);
        expectBits(criterion.valueAndGradSync(own, targets, { out }), expected);
        expect(end).toHaveBeenCalledTimes(1);
        vi.restoreAllMocks();
        await kill(threads);
        await expectCalls(criterion, isShared);
        expect(criterion.threads).toBe(tellsOfEnds ? 1 : THREADS);
      });
    }
  });
});

describe('workers that are late', () => {
  const late = `count(); sleep(${LATE_MS}); return run();`;

  it.each(placements)(
    '$where: the same bits, and no write after the call',
    async ({ isShared }) => {
      await expectFaultless(late, isShared, THREADS, THREADS);
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
  // By this clock a worker that sleeps while it writes to a tensor would count as dead, and may write before it ends
  const lateElsewhere = `if (name !== 'background') { count(); sleep(${LATE_MS}); } return run();`;

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
    const worker = faultyScript(isShared ? lateElsewhere : late);
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

  it('disposed in a pause while a tensor is written to: DISPOSED, and no write to its next owner', async () => {
    // The clock is so fast that the page pauses, and so slow that workers are still waited for
    vi.restoreAllMocks();
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => 4 * now());
    const fault = `if (name === 'background') { count(); sleep(${LATE_MS}); } return run();`;
    await watched(async (_, memories) => {
      const script = { threads: THREADS, worker: faultyScript(fault) };
      using other = await createDetectionLoss({ ...config, ...script });
      expect(other.threads).toBe(THREADS);
      for (let call = 0; call < MOST_CALLS && faultsOf(memories[0], arenaBase) === 0; call++) {
        const criterion = await createDetectionLoss({ ...config, ...script });
        const { own, out } = tensors(criterion, true);
        const paused = criterion.valueAndGrad(own, targets, { out }).catch(({ code }) => code);
        let isOver = false;
        paused.then(() => {
          isOver = true;
        });
        while (!isOver && faultsOf(memories[0], arenaBase) === 0) {
          await new Promise((resolve) => setTimeout(resolve));
        }
        criterion.dispose();
        // Allocates at every turn, as the memory is given away at one of them
        const again: Tensor[] = [];
        for (let turn = 0; turn < 8; turn++) {
          again.push(...out.map(({ shape }) => other.allocate(shape)));
          await null;
        }
        if (!isOver) expect(await paused).toBe('DISPOSED');
        await expectUntouched(again);
      }
      expect(faultsOf(memories[0], arenaBase)).toBeGreaterThan(0);
      expectBits(other.valueAndGradSync(feats, targets), expected);
    });
  });
});

describe('workers that never finish a task', () => {
  const stuck = 'count(); for (;;);';

  it.each(placements)(
    'of the first sort that comes, $where: the same bits',
    async ({ isShared }) => {
      await expectFaultless(stuck, isShared);
    },
  );

  it.each([1, 3])('that writes to tensors, %d of them: they end, the same bits', async (count) => {
    const fault = `if (name === 'background') { ${stuck} } return run();`;
    await expectFaultless(fault, true, 1 + count, 1);
  });

  it('killed in the midst of it: the same bits', async () => {
    for (const { isShared } of placements) {
      await watched(async (threads, memories) => {
        const worker = faultyScript(stuck);
        using criterion = await createDetectionLoss({ ...config, threads: THREADS, worker });
        const { own, out } = tensors(criterion, isShared);
        callUntilFault(criterion, own, out, memories[0], countingTime);
        await kill(threads);
        expectBits(criterion.valueAndGradSync(own, targets, { out }), expected);
        expect(criterion.threads).toBeLessThanOrEqual(tellsOfEnds ? 1 : THREADS);
        expect(criterion.threads).toBeGreaterThanOrEqual(1);
      });
    }
  });
});

describe('workers whose kernels trap', () => {
  it.each([
    ['at once', "count(); throw new Error('trap');"],
    ['when all is done', "count(); run(); throw new Error('trap');"],
    ['now and then', "if (count() % 2) throw new Error('trap'); return run();"],
  ])('%s: the same bits', async (_, fault) => {
    for (const { isShared } of placements) {
      await expectFaultless(fault, isShared, THREADS, THREADS);
    }
  });
});

/**
 * Fails unless calls on such workers have the same bits, and write nothing afterwards.
 *
 * @param threadsAfter criterion.threads in the end; none: a worker that does not finish may count or not
 */
async function expectFaultless(
  fault: string,
  isShared: boolean,
  threads = THREADS,
  threadsAfter?: number,
): Promise<void> {
  await watched(async (started, memories) => {
    const worker = faultyScript(fault);
    using criterion = await createDetectionLoss({ ...config, threads, worker });
    expect(criterion.threads).toBe(threads);
    const ends = started.map((thread) => vi.spyOn(thread, 'terminate'));
    const { own, out } = tensors(criterion, isShared);
    // The counted clock does not go on in a sleep: a worker that is merely late would count as dead
    const watch = threadsAfter === threads ? untimed : countingTime;
    callUntilFault(criterion, own, out, memories[0], watch);
    await expectUntouched(out);
    expectBits(criterion.valueAndGradSync(own, targets, { out }), expected, 'a later call');
    await expectUntouched(out);
    if (threadsAfter === undefined) return;
    expect(criterion.threads).toBe(threadsAfter);
    const ended = ends.filter(({ mock }) => mock.calls.length > 0);
    expect(ended.length).toBe(threads - threadsAfter);
  });
}

/** Repeats a call until a worker has shown its fault; fails if bits differ. */
function callUntilFault(
  criterion: DetectionLoss,
  own: Tensor[],
  out: Tensor[],
  memory: WebAssembly.Memory,
  watch: (call: () => void) => void,
): void {
  const isReached = () => faultsOf(memory, arenaBase) > 0;
  for (let call = 0; call < MOST_CALLS && !isReached(); call++) {
    watch(() =>
      expectBits(criterion.valueAndGradSync(own, targets, { out }), expected, `call ${call}`),
    );
  }
  expect(isReached()).toBe(true);
}

/** Fails if a worker writes to these tensors. */
async function expectUntouched(out: readonly Tensor[]): Promise<void> {
  for (const { data } of out) data.fill(7);
  await new Promise((resolve) => setTimeout(resolve, AFTERMATH_MS));
  expect(out.every(({ data }) => data.every((value) => value === 7))).toBe(true);
}

function untimed(call: () => void): void {
  call();
}

/** Fails if a call takes too long by a clock that goes 0.01 ms a look: busy and idle machines then have the same time. */
function countingTime(call: () => void): void {
  let looks = 0;
  const { now } = performance;
  performance.now = () => ++looks / 100;
  try {
    call();
  } finally {
    performance.now = now;
  }
  expect(looks / 100).toBeLessThan(LONGEST_CALL_MS);
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
