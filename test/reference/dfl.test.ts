import { describe, expect, it } from 'vitest';
import { decodeGrad, decodeSide, distributionFocalLoss } from '../../src/reference/dfl.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { normal } from '../lib/random.ts';

const logits = [...normal({ seed: 3, mean: 0, std: 2 }, 16)];
const STEP = 1e-5;

function differences(f: (x: number[]) => number): number[] {
  const moved = (i: number, step: number) => logits.map((x, j) => (j === i ? x + step : x));
  return logits.map((_, i) => (f(moved(i, STEP)) - f(moved(i, -STEP))) / (2 * STEP));
}

describe('decodeSide', () => {
  it('even logits decode to the middle bin, one large logit to its bin, to 1e-12', () => {
    expectClose('even', decodeSide(new Array(16).fill(3)).distance, 7.5, 1e-12);
    const one = Array.from({ length: 16 }, (_, bin) => (bin === 11 ? 1e4 : -1e4));
    expectClose('one', decodeSide(one).distance, 11, 1e-12);
  });

  it('gradient equals central differences to 1e-9 relative L2', () => {
    const numeric = differences((x) => decodeSide(x).distance);
    expectCloseL2('grad', decodeGrad(decodeSide(logits)), numeric, 1e-9);
  });

  it('R = 1: the raw value, also a negative one, with gradient 1', () => {
    const side = decodeSide([-2.5]);
    expect(side.distance).toBe(-2.5);
    expect(decodeGrad(side)).toEqual([1]);
    expect(distributionFocalLoss(side, 1)).toEqual({ value: 0, grad: [0] });
  });
});

describe('distributionFocalLoss', () => {
  it.each([-1, 0, 3, 7.3, 14.99, 40])(
    'gradient equals central differences to 1e-8 relative L2 at distance %d',
    (distance) => {
      const numeric = differences((x) => distributionFocalLoss(decodeSide(x), distance).value);
      const { grad } = distributionFocalLoss(decodeSide(logits), distance);
      expectCloseL2('grad', grad, numeric, 1e-8);
    },
  );

  it('a whole distance is plain cross-entropy, exactly', () => {
    const side = decodeSide(logits);
    expect(distributionFocalLoss(side, 5).value).toBe(-side.logProbabilities[5]);
  });

  it('distances are clamped to [0, R − 1.01]', () => {
    const side = decodeSide(logits);
    expect(distributionFocalLoss(side, -3)).toEqual(distributionFocalLoss(side, 0));
    expect(distributionFocalLoss(side, 99)).toEqual(distributionFocalLoss(side, 14.99));
  });

  it('±1e4 logits are finite', () => {
    const extreme = decodeSide(logits.map((_, i) => (i % 2 ? 1e4 : -1e4)));
    const { value, grad } = distributionFocalLoss(extreme, 4.2);
    expect([value, ...grad].every(Number.isFinite)).toBe(true);
  });
});
