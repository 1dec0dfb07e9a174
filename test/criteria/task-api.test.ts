import { beforeAll, describe, expect, it } from 'vitest';
import { startThreads } from '../lib/backends.ts';
import { expectClose } from '../lib/compare.ts';
import { expectCode } from '../lib/expect-code.ts';
import { reactive } from '../lib/reactive.ts';
import { bitsOf, expectBits } from '../lib/same-bits.ts';
import { tasks } from '../lib/tasks/index.ts';
import { copyTensors, mapTensors, sampledPaths, tensorsOf } from '../lib/tensors.ts';

const shapesOf = (nested: object) =>
  Object.entries(tensorsOf(nested)).map(([path, { shape }]) => [path, shape]);

describe.each(tasks)('$name', ({ backends, create, ordinary, hasAssignment, isMean }) => {
  const { options, predictions, targets, none } = ordinary;
  const paths = sampledPaths(predictions);
  /** The predictions with another value at the first element of one tensor, or of all. */
  const withValue = (value: number, which?: string) =>
    mapTensors(predictions, ({ data, shape }, path) => {
      const copy = data.slice();
      if (which === undefined || path === which) copy.fill(value, 0, 1);
      return { data: copy, shape };
    });

  describe.each(backends)('$name', ({ config }) => {
    beforeAll(() => startThreads(config));
    const make = (more: object = {}) => create({ ...options, ...config, ...more });

    it('value, assign and the synchronous methods give the bits of valueAndGrad', async () => {
      using criterion = await make();
      const { grads, ...value } = await criterion.valueAndGrad(predictions, targets);
      const bits = bitsOf(value);
      expectBits(await criterion.value(predictions, targets), bits);
      const assigned = await criterion.assign?.(predictions, targets);
      expect(assigned).toEqual(value.assignment);
      if (criterion.backend !== 'wasm') return;
      expectBits(criterion.valueSync(predictions, targets), bits);
      expect(criterion.assignSync?.(predictions, targets)).toEqual(assigned);
      expectBits(criterion.valueAndGradSync(predictions, targets), bitsOf({ ...value, grads }));
    });

    it('methods without their object, and a criterion behind a proxy, give the same bits', async () => {
      using criterion = await make();
      const { value, valueAndGrad, allocate, threads, threadsReason, backend } = criterion;
      const behind = reactive(criterion);
      const bits = bitsOf(await criterion.valueAndGrad(predictions, targets));
      expectBits(await valueAndGrad(predictions, targets), bits);
      expectBits(await behind.valueAndGrad(predictions, targets), bits);
      const { total } = await value(predictions, targets);
      expect((await behind.value(predictions, targets)).total).toBe(total);
      expect(await behind.assign?.(predictions, targets)).toEqual(
        await criterion.assign?.(predictions, targets),
      );
      expect([behind.backend, behind.threads]).toEqual([backend, threads]);
      expect(behind.threadsReason).toBe(threadsReason);
      expect(allocate([2]).shape).toEqual(behind.allocate([2]).shape);
      const { dispose } = behind;
      dispose();
      await expectCode('DISPOSED', () => value(predictions, targets));
    });

    it('grads have the structure and shapes of the predictions, which are only read', async () => {
      using criterion = await make();
      const before = structuredClone([predictions, targets]);
      const { grads } = await criterion.valueAndGrad(predictions, targets);
      expect(shapesOf(grads)).toEqual(shapesOf(predictions));
      expect([predictions, targets]).toEqual(before);
    });

    it('out is overwritten whole and returned', async () => {
      using criterion = await make();
      const { grads } = await criterion.valueAndGrad(predictions, targets);
      const out = copyTensors(grads, Number.NaN);
      const again = await criterion.valueAndGrad(predictions, targets, { out });
      const given = tensorsOf(out);
      for (const [path, { data }] of Object.entries(tensorsOf(again.grads))) {
        expect(data).toBe(given[path].data);
      }
      expectBits(again.grads, bitsOf(grads));
    });

    it('calls in flight together, with and without targets, give what each gives alone', async () => {
      using criterion = await make();
      const alone = bitsOf(await criterion.valueAndGrad(predictions, targets));
      const without = bitsOf(await criterion.valueAndGrad(predictions, none));
      const calls = [targets, none, targets].map((t) => criterion.valueAndGrad(predictions, t));
      const [a, b, c] = await Promise.all(calls);
      expectBits(a, alone);
      expectBits(b, without);
      expectBits(c, alone);
    });

    it('tensors of allocate give the same bits, in and out', async () => {
      using criterion = await make();
      const expected = bitsOf(await criterion.valueAndGrad(predictions, targets));
      const inPlace = mapTensors(predictions, ({ data, shape }) => {
        const own = criterion.allocate(shape);
        own.data.set(data);
        return own;
      });
      const out = mapTensors(predictions, ({ shape }) => {
        const own = criterion.allocate(shape);
        own.data.fill(7);
        return own;
      });
      expectBits(await criterion.valueAndGrad(inPlace, targets, { out }), expected);
    });

    it('checkFinite names the tensor; without it NaN shows in the total', async () => {
      using strict = await make({ checkFinite: true });
      using lax = await make();
      for (const path of paths) {
        const name = path.replace(/\.(\d+)$/, '\\[$1\\]');
        const broken = withValue(Number.NaN, path);
        const call = () => strict.valueAndGrad(broken, targets);
        await expectCode('NOT_FINITE', call, new RegExp(`${name} holds NaN in image 0, channel 0`));
      }
      await strict.value(predictions, targets);
      const allBad = copyTensors(predictions, Number.NaN);
      expect((await lax.value(allBad, targets)).total).toBeNaN();
    });

    it('after dispose every method fails with DISPOSED, also a call in flight', async () => {
      const criterion = await make();
      const inFlight = criterion.backend === 'webgpu' && criterion.value(predictions, targets);
      criterion.dispose();
      criterion.dispose();
      if (inFlight) await expectCode('DISPOSED', () => inFlight);
      const calls: ((...args: [object, object]) => unknown)[] = [
        (...args) => criterion.value(...args),
        (...args) => criterion.valueSync(...args),
        (...args) => criterion.valueAndGrad(...args),
        (...args) => criterion.valueAndGradSync(...args),
      ];
      if (hasAssignment) {
        calls.push((...args) => criterion.assign?.(...args));
        calls.push((...args) => criterion.assignSync?.(...args));
      }
      for (const call of calls) await expectCode('DISPOSED', () => call(predictions, targets));
    });
  });

  it('total is the sum of the items times the batch, for each of two heads, or the item of a classifier', async () => {
    using criterion = await create({ ...options, backend: 'wasm' });
    const result = await criterion.value(predictions, targets);
    for (const { total, items } of Object.values(result.heads ?? { only: result })) {
      const sum = Object.values(items).reduce((a, b) => a + b, 0);
      expectClose('total', total, sum * (isMean ? 1 : 3), 1e-15);
    }
  });
});
