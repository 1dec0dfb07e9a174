import { describe, expect, it } from 'vitest';
import { IOU_KINDS } from '../../src/kinds.ts';
import type { BoxIouKind } from '../../src/loss-types.ts';
import * as reference from '../../src/reference/losses/index.ts';
import type { Tensor } from '../../src/types.ts';
import { expectClose } from '../lib/compare.ts';
import { lossBackends, useLosses } from '../lib/loss-backends.ts';
import { uniforms } from '../lib/random.ts';

type Box = readonly number[];

const UPRIGHT = IOU_KINDS.filter((kind) => kind !== 'probiou');
/** Largest loss of each kind. */
const LARGEST: Readonly<Record<BoxIouKind, number>> = {
  iou: 1,
  giou: 2,
  diou: 2,
  ciou: 3,
  eiou: 4,
  siou: 3,
  probiou: 1,
};

/** Boxes of no area, or of hardly any. */
const FLAT: Box[] = [
  [3, 3, 7, 3],
  [0, 0, 1000, 0],
  [3, 3, 3, 7],
  [0, 0, 0, 1000],
  [5, 5, 5, 5],
  [3, 3, 7, 3.0000002],
  [2, 2, 8, 4],
];

/** Predictions that are inside out, and targets, with known losses. */
const INSIDE_OUT: { pred: Box; target: Box; known?: Partial<Record<BoxIouKind, number>> }[] = [
  { pred: [0.7, 0, 0.4, 0.3], target: [0.1, 0.1, 0.4, 0.4], known: { ciou: 1.9 } },
  // Areas cancel in the union
  { pred: [1.35867, 2.52919, 0.59865, 3.18735], target: [0.90518, 2.83572, 1.66521, 3.49389] },
  { pred: [20, 0, 10, 10], target: [0, 0, 10, 10] },
  { pred: [3e5, 0, 2e5, 1e5], target: [0, 0, 1e5, 1e5] },
  { pred: [7, 7, 3, 3], target: [4, 4, 6, 6], known: { giou: 1 } },
  // The union is 0, the enclosing box has no height, the centre and the lengths exceed it
  { pred: [2, 2, 1, 2], target: [5, 4, 5, 7], known: { giou: 2 } },
  { pred: [1, 7, 8, 0], target: [1, 5, 8, 5], known: { giou: 2, eiou: 4 } },
  { pred: [40, 1, -20, 2], target: [0, 0, 3, 3], known: { diou: 2, ciou: 3, eiou: 4 } },
  { pred: [1, 1000, 2, 3], target: [0, 0, 3, 0.01], known: { giou: 2, diou: 2, ciou: 3, eiou: 4 } },
];

/** Random boxes of up to 12 units, of which the predictions are inside out. */
function randomPairs(count: number): { pred: Box; target: Box }[] {
  const uniform = uniforms(count);
  const corner = () => [6 * uniform(), 6 * uniform()];
  const reach = () => 0.1 + 6 * uniform() ** 3;
  return Array.from({ length: count }, (_, n) => {
    const [[x, y], [left, top]] = [corner(), corner()];
    const [width, height] = [n % 3 === 0 ? reach() : -reach(), n % 3 === 1 ? reach() : -reach()];
    return {
      pred: [x, y, x + width, y + height],
      target: [left, top, left + reach(), top + reach()],
    };
  });
}

const tensorOf = (numbers: Box): Tensor => ({
  data: Float32Array.from(numbers),
  shape: [1, numbers.length],
});

describe.each(lossBackends)('$name: boxIou', ({ config, bound }) => {
  const named = useLosses(config);

  const lossOf = async (kind: BoxIouKind, pred: Box, target: Box) => {
    const options = { kind, reduction: 'sum' } as const;
    const given = [tensorOf(pred), tensorOf(target)] as const;
    const { value, grad } = await named('boxIou')(...given, options);
    const exact = reference.boxIou(...given, options);
    return { value: value as number, grad: grad.data, exact };
  };

  /** @param least size below which numbers are rounding of larger ones */
  const expectExact = async (kind: BoxIouKind, pred: Box, target: Box, least: number) => {
    const what = `${kind}, [${pred}] against [${target}]`;
    const { value, grad, exact } = await lossOf(kind, pred, target);
    expectClose(what, value, Number(exact.value), bound, 1);
    const size = Math.max(least, ...exact.grad.data.map(Math.abs));
    exact.grad.data.forEach((slope, i) => {
      expectClose(`gradient ${i} of ${what}`, grad[i], slope, bound, size);
    });
    return value;
  };

  it.each(UPRIGHT)(
    `%s of boxes without area: within its range, finite gradients, within ${bound}`,
    async (kind) => {
      for (const pred of FLAT) {
        for (const target of FLAT) {
          const value = await expectExact(kind, pred, target, 1);
          expect(value, `[${pred}] against [${target}]`).toBeGreaterThanOrEqual(-bound);
          expect(value).toBeLessThanOrEqual(LARGEST[kind] + bound);
        }
      }
    },
  );

  it(`probiou of boxes without area: within its range, finite gradients`, async () => {
    for (const pred of [
      [5, 3, 4, 0, 0.3],
      [500, 0, 1000, 0, 0],
      [5, 5, 0, 0, 0],
    ]) {
      const { value, grad } = await lossOf('probiou', pred, pred);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
      expect(grad.every(Number.isFinite)).toBe(true);
    }
  });

  it.each(UPRIGHT)(
    `%s of predictions that are inside out: within its range, within ${bound}, IoU's part is 1`,
    async (kind) => {
      for (const { pred, target, known } of INSIDE_OUT) {
        // Coordinates of 1e5 have gradients of 1e-5
        const value = await expectExact(kind, pred, target, 1e-6);
        expect(value, `[${pred}]`).toBeLessThanOrEqual(LARGEST[kind]);
        expect(value, `[${pred}]`).toBeGreaterThanOrEqual(kind === 'iou' ? 1 : 0);
        if (known?.[kind]) expectClose(`[${pred}]`, value, known[kind], bound);
      }
    },
  );

  it.each(UPRIGHT)(
    `%s of 300 random predictions that are inside out: within its range, within ${bound}`,
    async (kind) => {
      const pairs = randomPairs(300);
      const rows = (side: 'pred' | 'target'): Tensor => ({
        data: Float32Array.from(pairs.flatMap((pair) => pair[side])),
        shape: [pairs.length, 4],
      });
      const given = [rows('pred'), rows('target')] as const;
      const { value, grad } = await named('boxIou')(...given, { kind, reduction: 'none' });
      const exact = reference.boxIou(...given, { kind, reduction: 'none' });
      const exactValues = (exact.value as Tensor<Float64Array>).data;
      (value as unknown as Tensor).data.forEach((loss, n) => {
        const what = `[${pairs[n].pred}] against [${pairs[n].target}]`;
        expectClose(what, loss, exactValues[n], bound, 1);
        expect(loss, what).toBeLessThanOrEqual(LARGEST[kind]);
        const slopes = exact.grad.data.slice(4 * n, 4 * n + 4);
        slopes.forEach((slope, i) => {
          const own = grad.data[4 * n + i];
          expectClose(
            `gradient ${i} of ${what}`,
            own,
            slope,
            bound,
            Math.max(...slopes.map(Math.abs), 1),
          );
        });
      });
    },
  );

  it('the gradient of a prediction that is inside out is 0 where its loss is the largest', async () => {
    for (const kind of ['giou', 'diou', 'ciou', 'eiou'] as const) {
      const { grad } = await lossOf(kind, [1, 1000, 2, 3], [0, 0, 3, 0.01]);
      expect(grad.map(Math.abs), kind).toEqual(new Float32Array(4));
    }
  });

  it('giou is iou where both sides of the prediction are inside out', async () => {
    const { value, grad } = await lossOf('giou', [7, 7, 3, 3], [4, 4, 6, 6]);
    expect([value, ...grad.map(Math.abs)]).toEqual([1, 0, 0, 0, 0]);
  });

  it(`probiou of angles of any size: within ${bound}`, async () => {
    const target = [3, 3, 5, 2, 0.3];
    const small = [2.5, 3.5, 4, 1.5];
    for (const angle of [4, 100, 12345.678, 1e6, 1e7, 1e9, 1e12, 3e38, -7, -1e7, -1e12]) {
      await expectExact('probiou', [...small, angle], target, 1e-3);
      await expectExact('probiou', target, [...small, angle], 1e-3);
      // The difference of two large angles is exact
      await expectExact('probiou', [...small, angle], [3, 3, 5, 2, angle], 1e-3);
    }
  });
});
