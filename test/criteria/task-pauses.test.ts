import { describe, expect, it } from 'vitest';
import { atReading, onBusyPage, turnsUntil } from '../lib/busy-page.ts';
import { expectCode } from '../lib/expect-code.ts';
import { bitsOf, expectBits } from '../lib/same-bits.ts';
import { tasks } from '../lib/tasks/index.ts';
import { copyTensors } from '../lib/tensors.ts';

onBusyPage();

// A classifier of few images is one task, in which nothing pauses
const pausing = tasks.filter(({ hasAssignment }) => hasAssignment);

describe.each(pausing)('$name on the main thread of a page', ({ create, ordinary }) => {
  const { options, predictions, targets, none } = ordinary;

  it.each([1, 2])('calls that overlap give the bits of each alone, %i threads', async (threads) => {
    using criterion = await create({ ...options, backend: 'wasm', threads });
    const alone = bitsOf(criterion.valueAndGradSync(predictions, targets));
    const without = bitsOf(criterion.valueSync(predictions, none));
    const paused = criterion.valueAndGrad(predictions, targets);
    expect(await turnsUntil(paused)).toBeGreaterThan(5);
    expectBits(await paused, alone);
    const calls = [
      criterion.valueAndGrad(predictions, targets),
      criterion.value(predictions, none),
      criterion.valueAndGrad(predictions, targets),
      turnsUntil(Promise.resolve()).then(() => criterion.valueSync(predictions, none)),
    ];
    const [a, b, c, d] = await Promise.all(calls);
    expectBits(a, alone);
    expectBits(b, without);
    expectBits(c, alone);
    expectBits(d, without);
  });

  it('a dispose in its midst: DISPOSED, and nothing more is written', async () => {
    const criterion = await create({ ...options, backend: 'wasm' });
    const out = copyTensors(predictions, 7);
    atReading(4, () => criterion.dispose());
    await expectCode('DISPOSED', () => criterion.valueAndGrad(predictions, targets, { out }));
    const written = bitsOf(out);
    await turnsUntil(new Promise((resolve) => setTimeout(resolve, 20)));
    expectBits(out, written);
  });
});
