import { describe, expect, it } from 'vitest';
import { UPRIGHT_IOU_KINDS } from '../../src/kinds.ts';
import { type Box, boxSimilarity } from '../../src/reference/iou.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { loadFixture } from '../lib/golden.ts';
import { uniforms } from '../lib/random.ts';

const kinds = ['iou', 'giou', 'diou', 'ciou'] as const;
/** Rounding of the goldens to float32. Reached: 5.9e-8. */
const GOLDEN_BOUND = 6e-8;
/** A central difference at step 1e-6 of numbers near 1. Reached: below 1e-9. */
const DIFFERENCE_BOUND = 5e-9;

const values = (kind: (typeof kinds)[number], pred: Box, target: Box, tradeOff?: number) =>
  boxSimilarity(kind, pred, target, tradeOff).value;

describe.each(kinds)('boxSimilarity: %s', (kind) => {
  it(`golden pairs: value within ${GOLDEN_BOUND} relative, each gradient so in L2`, async () => {
    const { tensors } = await loadFixture('iou');
    const rows = (name: string) => {
      const data = tensors[name].data as Float32Array;
      return Array.from({ length: 512 }, (_, n) => [...data.subarray(4 * n, 4 * n + 4)] as Box);
    };
    const [preds, targets, grads] = [rows('pred'), rows('target'), rows(`${kind}.grad`)];
    preds.forEach((pred, n) => {
      const { value, grad } = boxSimilarity(kind, pred, targets[n]);
      const golden = Number((tensors[`${kind}.value`].data as Float32Array)[n]);
      // 1e-3: values near 0 are differences of larger numbers
      expectClose(`value[${n}]`, value, golden, GOLDEN_BOUND, 1e-3);
      // Rows of a handful of numbers round a little worse than whole tensors
      expectCloseL2(`grad[${n}]`, grad, grads[n], 1.2 * GOLDEN_BOUND);
    });
  });

  it(`gradient equals central differences to ${DIFFERENCE_BOUND}, α frozen`, () => {
    const uniform = uniforms(7);
    for (let n = 0; n < 200; n++) {
      const [pred, target] = [randomBox(uniform), randomBox(uniform)];
      const { grad, tradeOff } = boxSimilarity(kind, pred, target);
      const numeric = pred.map((_, i) => {
        const moved = (step: number) => pred.map((x, j) => (j === i ? x + step : x)) as Box;
        const [above, below] = [moved(1e-6), moved(-1e-6)];
        const rise = values(kind, above, target, tradeOff) - values(kind, below, target, tradeOff);
        return rise / 2e-6;
      });
      expectClose(`grad[${n}]`, maxDifference(grad, numeric), 0, DIFFERENCE_BOUND, 1);
    }
  });

  it('equal boxes have similarity 1 to 1e-6 and no gradient to 1e-6', () => {
    const { value, grad } = boxSimilarity(kind, [1, 2, 4, 6], [1, 2, 4, 6]);
    expectClose('value', value, 1, 1e-6);
    expectClose('grad', maxDifference(grad, [0, 0, 0, 0]), 0, 1e-6, 1);
  });

  it('boxes of no area are finite', () => {
    const point: Box = [1, 1, 1, 1];
    for (const pred of [point, [0, 1, 2, 1] as Box, [1, 0, 1, 2] as Box]) {
      const { value, grad } = boxSimilarity(kind, pred, point);
      expect([value, ...grad].every(Number.isFinite)).toBe(true);
    }
  });
});

describe.each(UPRIGHT_IOU_KINDS)('boxSimilarity: %s of predictions that are inside out', (kind) => {
  const least = { iou: 0, giou: -1, diou: -1, ciou: -2, eiou: -3, siou: -2 }[kind];
  const uniform = uniforms(11);
  const cases = Array.from({ length: 300 }, (_, n) => {
    const [[x1, y1, x2, y2], target] = [randomBox(uniform), randomBox(uniform)];
    const pred: Box[] = [
      [x2, y1, x1, y2],
      [x1, y2, x2, y1],
      [x2, y2, x1, y1],
    ];
    // Every other one is far larger than the target
    return { pred: pred[n % 3].map((x) => (n % 2) * 20 * (x - 3) + x) as Box, target };
  });

  it('is within its range, with a finite gradient; raised to the least, with gradient 0', () => {
    let raised = 0;
    for (const { pred, target } of [...cases, ...FLAT]) {
      const { value, grad } = boxSimilarity(kind, pred, target);
      expect(value).toBeGreaterThanOrEqual(least);
      expect(value).toBeLessThanOrEqual(1);
      expect(grad.every(Number.isFinite)).toBe(true);
      raised += Number(value === least && grad.every((slope) => slope === 0));
    }
    if (kind !== 'iou' && kind !== 'siou') expect(raised).toBeGreaterThan(20);
  });

  it(`gradient equals central differences to ${DIFFERENCE_BOUND}, α frozen`, () => {
    for (const { pred, target } of cases) {
      const { grad, tradeOff } = boxSimilarity(kind, pred, target);
      const numeric = pred.map((_, i) => {
        const at = (step: number) => {
          const moved = pred.map((x, j) => (j === i ? x + step : x)) as Box;
          return boxSimilarity(kind, moved, target, tradeOff).value;
        };
        return (at(1e-6) - at(-1e-6)) / 2e-6;
      });
      const size = Math.max(1, ...grad.map(Math.abs));
      const what = `[${pred}] against [${target}]`;
      expectClose(what, maxDifference(grad, numeric), 0, DIFFERENCE_BOUND, size);
    }
  });
});

/** Predictions that are inside out, and targets without area; the union of the first is 0. */
const FLAT: { pred: Box; target: Box }[] = [
  { pred: [2, 2, 1, 2], target: [5, 4, 5, 7] },
  { pred: [1, 7, 8, 0], target: [1, 5, 8, 5] },
  { pred: [7, 7, 3, 3], target: [5, 5, 5, 5] },
  { pred: [5, 9, 5, -9], target: [5, 5, 5, 5] },
];

describe('boxSimilarity: limits', () => {
  const outer: Box = [0, 0, 8, 6];

  it('giou = iou where one box contains the other, to 1e-6: the two eps differ', () => {
    const inner: Box = [1, 2, 3, 5];
    expectClose('giou', values('giou', inner, outer), values('iou', inner, outer), 1e-6);
  });

  it('diou = iou where the centres coincide, exactly', () => {
    const centred: Box = [2, 1, 6, 5];
    expect(values('diou', centred, outer)).toBe(values('iou', centred, outer));
  });

  it('ciou = diou where the aspects are equal, to 1e-12', () => {
    const similar: Box = [1, 1, 5, 4];
    expectClose('ciou', values('ciou', similar, outer), values('diou', similar, outer), 1e-12);
  });

  it('giou of boxes far apart tends to −1, diou too', () => {
    const far: Box = [1e6, 1e6, 1e6 + 1, 1e6 + 1];
    expectClose('giou', values('giou', far, outer), -1, 1e-5);
    expectClose('diou', values('diou', far, outer), -1, 1e-4);
  });

  it('where boxes just touch the gradient is that of their coming closer, to 1e-6', () => {
    const side = (x2: number) => boxSimilarity('iou', [-3, 1, x2, 4], outer).grad[2];
    expectClose('∂/∂x2', side(0), side(1e-9), 1e-6);
    expect(side(-1e-9)).toBe(0);
  });

  it('where edges coincide the gradient is the mean of both sides', () => {
    const side = (x1: number) => boxSimilarity('iou', [x1, 1, 5, 4], outer).grad[0];
    expectClose('∂/∂x1', side(0), (side(-1e-9) + side(1e-9)) / 2, 1e-6);
  });
});

function randomBox(uniform: () => number): Box {
  const [x, y] = [4 * uniform(), 4 * uniform()];
  return [x, y, x + 0.2 + 4 * uniform(), y + 0.2 + 4 * uniform()];
}

function maxDifference(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}
