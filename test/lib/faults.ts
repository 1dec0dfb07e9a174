import { expect, vi } from 'vitest';
import { DETECTION } from '../../src/backend/programs/criteria/program.ts';
import { compile, instantiate } from '../../src/backend/runtime/module.ts';
import {
  createDetectionLoss,
  type DetectionLoss,
  type DetlossError,
  type Tensor,
} from '../../src/index.ts';
import { bitsAlone, FAULT_PROBLEM, faultTensors, THREADS } from './fault-problem.ts';
import { expectBits } from './same-bits.ts';
import { ended, faultsOf, faultyScript, type Thread, watched } from './workers.ts';

const { config, targets } = FAULT_PROBLEM;

/** Most calls until a worker gets a task: on a busy machine the main thread may run all tasks of a call. */
export const MOST_CALLS = 100;
/** Number of waits after which workers that never answer are lost, where a test awaits that: some 20 ms. */
export const SHORT_PATIENCE = 200;
/** Time that a late worker sleeps in every task. */
export const LATE_MS = 60;
/** Time after a call in which a worker that is still at a task would write. */
const AFTERMATH_MS = 5 * LATE_MS;

/** Fault of a worker that is late with every task. */
export const LATE = `count(); sleep(${LATE_MS}); return run();`;

/** Kinds of memory that hold predictions and out. */
export const placements = [
  { where: 'ordinary arrays', isShared: false },
  { where: 'memory that threads share', isShared: true },
];

const arenaBase = await arenaBaseOf();
const expected = await bitsAlone();

/** Fails unless calls on such workers have the same bits, and write nothing afterwards. */
export async function expectFaultless(fault: string, isShared: boolean): Promise<void> {
  await watched(async (_, memories) => {
    const worker = faultyScript(fault);
    using criterion = await createDetectionLoss({ ...config, threads: THREADS, worker });
    const { own, out } = faultTensors(criterion, isShared);
    callUntilFault(criterion, own, out, memories[0]);
    await expectUntouched(out);
    expectBits(criterion.valueAndGradSync(own, targets, { out }), expected, 'a later call');
    await expectUntouched(out);
    expect(criterion.threads).toBe(THREADS);
  });
}

/** Fails unless calls on workers that never finish have the same bits and end the workers. */
export async function expectEnd(fault: string, isShared: boolean): Promise<void> {
  await watched(async (started, memories) => {
    const worker = faultyScript(fault);
    using criterion = await createDetectionLoss({ ...config, threads: THREADS, worker });
    const ends = started.map((thread) => vi.spyOn(thread, 'terminate'));
    const { own, out } = faultTensors(criterion, isShared);
    callUntilFault(criterion, own, out, memories[0]);
    expectBits(criterion.valueAndGradSync(own, targets, { out }), expected, 'a later call');
    expect(criterion.threads).toBe(1);
    for (const end of ends) expect(end).toHaveBeenCalled();
  });
}

/** Whether a worker has shown its fault. */
export function hasFault(memory: WebAssembly.Memory): boolean {
  return faultsOf(memory, arenaBase) > 0;
}

/** Repeats a call until a worker has shown its fault; fails if bits differ. */
function callUntilFault(
  criterion: DetectionLoss,
  own: Tensor[],
  out: Tensor[],
  memory: WebAssembly.Memory,
): void {
  for (let call = 0; call < MOST_CALLS && !hasFault(memory); call++) {
    expectBits(criterion.valueAndGradSync(own, targets, { out }), expected, `call ${call}`);
  }
  expect(hasFault(memory)).toBe(true);
}

/** Fails unless a call has the same bits, or THREADS_LOST where workers write to tensors. */
export function expectBitsUnlessLost(
  criterion: DetectionLoss,
  own: Tensor[],
  out: Tensor[],
  isShared: boolean,
): void {
  try {
    expectBits(criterion.valueAndGradSync(own, targets, { out }), expected);
  } catch (error) {
    expectLost(error, isShared);
  }
}

/** Throws an error again unless it is THREADS_LOST, of a call whose workers write to tensors. */
export function expectLost(error: unknown, isShared: boolean): void {
  if (!isShared || (error as DetlossError).code !== 'THREADS_LOST') throw error;
}

/** Fails if a worker writes to these tensors. */
export async function expectUntouched(out: readonly Tensor[]): Promise<void> {
  for (const { data } of out) data.fill(7);
  await new Promise((resolve) => setTimeout(resolve, AFTERMATH_MS));
  expect(out.every(({ data }) => data.every((value) => value === 7))).toBe(true);
}

export async function kill(threads: readonly Thread[]): Promise<void> {
  for (const thread of threads) thread.terminate();
  await Promise.all(threads.map(ended));
}

/** Has `act` called in the midst of a call, when its nth task is posted: the pool counts posts by an atomic add. */
export function atPost(nth: number, act: () => void): void {
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
