import { describe, expect, it } from 'vitest';
import { UPRIGHT_IOU_KINDS } from '../../../src/kinds.ts';
import { boxIou } from '../../../src/reference/losses/box-iou.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { loadBoxGoldens } from '../../lib/loss-goldens.ts';
import { tensorOf } from '../../lib/tensor-of.ts';

/** The goldens are similarities rounded to float32, from which the losses follow. Reached: 3.1e-8. */
const BOUND = 6e-8;

const goldens = await loadBoxGoldens();

describe.each(goldens)('boxIou: $kind', ({ kind, pred, target, expected }) => {
  it(`golden pairs: 1 − similarity within ${BOUND} relative L2, gradient too`, () => {
    const { value, grad } = boxIou(pred, target, { kind, reduction: 'none' });
    const similarity = tensorOf(value).data.map((loss) => 1 - loss);
    expectCloseL2('value', similarity, expected.similarity.data, BOUND);
    expectCloseL2(
      'grad',
      grad.data.map((slope) => -slope),
      expected.grad.data,
      BOUND,
    );
  });
});

describe('boxIou', () => {
  it('the kind is iou by default', () => {
    const [{ pred, target }] = goldens;
    expect(boxIou(pred, target)).toEqual(boxIou(pred, target, { kind: 'iou' }));
  });

  it.each(UPRIGHT_IOU_KINDS)(
    '%s: equal boxes cost nothing, to 1e-6, degenerate ones are finite',
    (kind) => {
      const box = { data: [1, 2, 4, 6], shape: [1, 4] };
      expectClose('value', Number(boxIou(box, box, { kind }).value), 0, 1e-6, 1);
      const odd = [
        [1, 1, 1, 1],
        [0, 1, 2, 1],
        [3, 3, 1, 1],
        [1e4, 1e4, 1e4, 2e4],
        [-1e-30, 0, 1e-30, 0],
      ];
      const pairs = odd.flatMap((a) => odd.map((b) => [a, b]));
      const side = (i: number) => ({ data: pairs.flatMap((pair) => pair[i]), shape: [25, 4] });
      const { value, grad } = boxIou(side(0), side(1), { kind, reduction: 'none' });
      const numbers = [...tensorOf(value).data, ...grad.data];
      expect(numbers.every(Number.isFinite)).toBe(true);
    },
  );
});
