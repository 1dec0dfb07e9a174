import { describe, expect, it } from 'vitest';
import { createDetectionLoss } from '../../src/index.ts';
import { atReading, onBusyPage, stepClock, turnsUntil } from '../lib/busy-page.ts';
import { expectCode } from '../lib/expect-code.ts';
import { ordinaryProblem } from '../lib/problem.ts';

const { config, feats, targets } = ordinaryProblem();

onBusyPage();

describe.each([1, 2])('a call on the main thread of a page, %i threads', (threads) => {
  const create = () => createDetectionLoss({ ...config, threads });

  it('lets other work in between, and gives the same bits', async () => {
    using criterion = await create();
    const promise = criterion.valueAndGrad(feats, targets);
    expect(await turnsUntil(promise)).toBeGreaterThan(5);
    expect(await promise).toEqual(criterion.valueAndGradSync(feats, targets));
  });

  it('of short calls one after another, too', async () => {
    using criterion = await create();
    // A call of some twenty tasks takes a few milliseconds
    stepClock(0.2);
    const calls = async () => {
      for (let i = 0; i < 20; i++) await criterion.value(feats, targets);
    };
    // In a turn of their own
    await turnsUntil(Promise.resolve());
    expect(await turnsUntil(calls())).toBeGreaterThan(3);
  });

  it('calls that overlap, also synchronous ones, give the bits of each alone', async () => {
    using criterion = await create();
    using other = await createDetectionLoss({ ...config, threads, iou: 'giou' });
    const reversed = { ...targets, cls: targets.cls.map((cls) => 4 - cls) };
    const alone = criterion.valueAndGradSync(feats, targets);
    const aloneReversed = criterion.valueSync(feats, reversed);
    const aloneOther = other.valueAndGradSync(feats, targets);
    const [a, b, c, d] = await Promise.all([
      criterion.valueAndGrad(feats, targets),
      criterion.value(feats, reversed),
      other.valueAndGrad(feats, targets),
      turnsUntil(Promise.resolve()).then(() => criterion.valueSync(feats, reversed)),
    ]);
    expect([a, b, c, d]).toEqual([alone, aloneReversed, aloneOther, aloneReversed]);
  });

  it('a dispose in its midst: DISPOSED, and another criterion on the same engine goes on', async () => {
    using other = await create();
    const criterion = await create();
    const expected = other.valueSync(feats, targets);
    const out = feats.map(({ data, shape }) => ({ data: new Float32Array(data.length), shape }));
    atReading(4, () => criterion.dispose());
    await expectCode('DISPOSED', () => criterion.valueAndGrad(feats, targets, { out }));
    const written = out.map(({ data }) => data.slice());
    expect(other.valueSync(feats, targets)).toEqual(expected);
    expect(out.map(({ data }) => data)).toEqual(written);
  });

  it('predictions that are detached in its midst: TENSOR_LENGTH, and the next call works', async () => {
    using criterion = await create();
    const expected = criterion.valueSync(feats, targets);
    const copies = feats.map(({ data, shape }) => ({ data: data.slice(), shape }));
    const transfer = [copies[0].data.buffer as ArrayBuffer];
    atReading(4, () => structuredClone(transfer[0], { transfer }));
    const call = expectCode('TENSOR_LENGTH', () => criterion.value(copies, targets));
    expect(criterion.valueSync(feats, targets)).toEqual(expected);
    await call;
    expect(criterion.valueSync(feats, targets)).toEqual(expected);
  });
});
