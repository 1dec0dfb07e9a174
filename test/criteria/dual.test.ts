import { describe, expect, it } from 'vitest';
import { createDetectionLoss, createDualLoss, type DualLossConfig } from '../../src/index.ts';
import { expectCode } from '../lib/expect-code.ts';
import { ordinaryProblem } from '../lib/problem.ts';
import { copyTensors, tensorsOf } from '../lib/tensors.ts';

const { config: ordinary, feats, targets } = ordinaryProblem();
const config = { numClasses: ordinary.numClasses, regMax: ordinary.regMax };
const other = feats.map(({ data, shape }) => ({ data: data.map((x) => x / 2), shape }));
const predictions = { oneToMany: feats, oneToOne: other };
const create = (more: Partial<DualLossConfig> = {}) =>
  createDualLoss({ ...config, backend: 'wasm', ...more });

describe('createDualLoss', () => {
  it('is two detection losses, with topk 10 and 1, to the bit', async () => {
    using dual = await create();
    using many = await createDetectionLoss({ ...config, backend: 'wasm', assigner: { topk: 10 } });
    using one = await createDetectionLoss({ ...config, backend: 'wasm', assigner: { topk: 1 } });
    const { grads, items, assignment } = dual.valueAndGradSync(predictions, targets);
    const [a, b] = [many.valueAndGradSync(feats, targets), one.valueAndGradSync(other, targets)];
    expect(grads).toEqual({ oneToMany: a.grads, oneToOne: b.grads });
    expect(assignment).toEqual({ oneToMany: a.assignment, oneToOne: b.assignment });
    for (const item of ['box', 'cls', 'dfl'] as const) {
      expect(items[item]).toBe(a.items[item] + b.items[item]);
    }
  });

  it('topk of each head is an option', async () => {
    using dual = await create({ assigner: { topk: [3, 2], beta: 1 } });
    using one = await createDetectionLoss({ ...config, assigner: { topk: 2, beta: 1 } });
    const { oneToOne } = dual.assignSync(predictions, targets);
    expect(oneToOne).toEqual(await one.assign(other, targets));
  });

  it.each([
    [
      10,
      'INVALID_OPTION',
      /assigner\.topk needs an array of 2 integers from 1 to 2147483647, got 10/,
    ],
    [[10], 'INVALID_OPTION', /got \[10\]/],
    [[10, 0], 'INVALID_OPTION', /got \[10, 0\]/],
  ] as const)('topk %s: ConfigError %s', async (topk, code, message) => {
    const assigner = { topk } as unknown as DualLossConfig['assigner'];
    await expectCode(code, () => create({ assigner }), message);
  });

  it('heads of other batches: TENSOR_SHAPE', async () => {
    using dual = await create();
    const fewer = other.map(({ data, shape: [, ...rest] }) => ({
      data: data.subarray(0, (2 * data.length) / 3),
      shape: [2, ...rest],
    }));
    const call = () => dual.value({ oneToMany: feats, oneToOne: fewer }, targets);
    await expectCode('TENSOR_SHAPE', call, /oneToOne\[0\] needs 3 images as oneToMany\[0\] has/);
  });

  it('reduceNormalizer is asked for each head, and where it fails nothing is written', async () => {
    const sums: number[] = [];
    using dual = await create({
      reduceNormalizer: (sum) => {
        sums.push(sum);
        if (sums.length === 4) throw new Error('all-reduce broke');
        return sum;
      },
    });
    const { assignment } = dual.valueSync(predictions, targets);
    expect(sums).toEqual([assignment.oneToMany.scoresSum, assignment.oneToOne.scoresSum]);
    const out = copyTensors(predictions, 7);
    expect(() => dual.valueAndGradSync(predictions, targets, { out })).toThrow('all-reduce broke');
    for (const { data } of Object.values(tensorsOf(out))) expect(data).toEqual(data.map(() => 7));
  });

  it.each(['oneToMany', 'oneToOne'] as const)(
    '%s detached while the call waits: TENSOR_LENGTH names it',
    async (head) => {
      const own = copyTensors(predictions);
      const { buffer } = own[head][1].data;
      using dual = await create({
        reduceNormalizer: async (sum) => {
          if (buffer.byteLength > 0) structuredClone(buffer, { transfer: [buffer] });
          return sum;
        },
      });
      const call = () => dual.valueAndGrad(own, targets);
      await expectCode('TENSOR_LENGTH', call, new RegExp(`${head}\\[1\\]`));
    },
  );
});
