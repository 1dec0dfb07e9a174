import { afterEach, describe, expect, it } from 'vitest';
import { patience } from '../../../src/backend/runtime/pool.ts';
import { createDetectionLoss } from '../../../src/index.ts';
import { onBusyPage } from '../../lib/busy-page.ts';
import {
  bitsAlone,
  FAULT_PROBLEM,
  THREADS,
  faultTensors as tensors,
} from '../../lib/fault-problem.ts';
import {
  expectLost,
  expectUntouched,
  hasFault,
  kill,
  LATE,
  LATE_MS,
  MOST_CALLS,
  placements,
  SHORT_PATIENCE,
} from '../../lib/faults.ts';
import { expectBits } from '../../lib/same-bits.ts';
import { faultyScript, watched } from '../../lib/workers.ts';

const { config, feats, targets } = FAULT_PROBLEM;
const expected = await bitsAlone();
const { waits } = patience;

afterEach(() => {
  patience.waits = waits;
});

describe('workers that are late while a page does other work', () => {
  onBusyPage();

  it.each(placements)('$where: the same bits, also of a call in between', async ({ isShared }) => {
    const worker = faultyScript(LATE);
    using criterion = await createDetectionLoss({ ...config, threads: THREADS, worker });
    expect(criterion.threads).toBe(THREADS);
    const { own, out } = tensors(criterion, isShared);
    const paused = criterion.valueAndGrad(own, targets, { out });
    expectBits(criterion.valueAndGradSync(feats, targets), expected);
    expectBits(await paused, expected);
    await expectUntouched(out);
  });

  it.each(placements)(
    'killed in a pause, $where: the same bits, or THREADS_LOST',
    async ({ isShared }) => {
      // One that is killed at a task is waited for in vain
      patience.waits = SHORT_PATIENCE;
      await watched(async (threads) => {
        using criterion = await createDetectionLoss({ ...config, threads: THREADS });
        const { own, out } = tensors(criterion, isShared);
        const paused = criterion.valueAndGrad(own, targets, { out });
        await kill(threads);
        await paused.then(
          (result) => expectBits(result, expected),
          (error) => expectLost(error, isShared),
        );
      });
    },
  );

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
          while (!isOver && !hasFault(memory)) await new Promise((resolve) => setTimeout(resolve));
          isReached = hasFault(memory);
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
