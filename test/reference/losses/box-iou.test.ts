import { describe, expect, it } from 'vitest';
import { type BoxIouOptions, boxIou } from '../../../src/reference/losses/box-iou.ts';
import type { Tensor } from '../../../src/types.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { loadFixture } from '../../lib/golden.ts';
import { tensorOf } from '../../lib/tensor-of.ts';

/** Rounding of the goldens to float32, here of similarities; the losses are made of those. Reached: 3.1e-8. */
const BOUND = 6e-8;
const kinds = ['iou', 'giou', 'diou', 'ciou', 'probiou'] as const;
const upright = [...kinds.slice(0, 4), 'siou', 'eiou'] as BoxIouOptions['kind'][];

const { tensors } = await loadFixture('iou');
const named = (name: string) => tensors[name] as Tensor;

describe.each(kinds)('boxIou: %s', (kind) => {
  const [pred, target] =
    kind === 'probiou'
      ? [named('rotated.pred'), named('rotated.target')]
      : [named('pred'), named('target')];

  it(`golden pairs: 1 − similarity within ${BOUND} relative L2, gradient too`, () => {
    const { value, grad } = boxIou(pred, target, { kind, reduction: 'none' });
    const similarity = tensorOf(value).data.map((loss) => 1 - loss);
    expectCloseL2('value', similarity, named(`${kind}.value`).data, BOUND);
    expectCloseL2(
      'grad',
      grad.data.map((slope) => -slope),
      named(`${kind}.grad`).data,
      BOUND,
    );
  });
});

describe('boxIou', () => {
  it('the kind is iou by default', () => {
    const [pred, target] = [named('pred'), named('target')];
    expect(boxIou(pred, target)).toEqual(boxIou(pred, target, { kind: 'iou' }));
  });

  it.each(upright)('%s: equal boxes cost nothing, to 1e-6, degenerate ones are finite', (kind) => {
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
  });
});
