import { describe, expect, it } from 'vitest';
import { decodeSide, distributionFocalLoss } from '../../../src/reference/dfl.ts';
import { crossEntropy } from '../../../src/reference/losses/cross-entropy.ts';
import { distributionFocal } from '../../../src/reference/losses/distribution-focal.ts';
import { expectClose } from '../../lib/compare.ts';
import { normal } from '../../lib/random.ts';
import { tensorOf } from '../../lib/tensor-of.ts';

const [rows, bins] = [6, 8];
const input = { data: normal({ seed: 8, mean: 0, std: 2 }, rows * bins), shape: [rows, bins] };
const target = { data: [0, 2.3, 5.75, 6.999, 9, -1], shape: [rows] };

describe('distributionFocal', () => {
  it('is −(⌈t⌉ − t)·log S_⌊t⌋ − (t − ⌊t⌋)·log S_⌈t⌉ to 1e-14', () => {
    const { value } = distributionFocal(input, target, { reduction: 'none' });
    [1, 2].forEach((row) => {
      const logits = input.data.subarray(row * bins, (row + 1) * bins);
      const sum = logits.reduce((total, x) => total + Math.exp(x), 0);
      const below = Math.floor(target.data[row]);
      const above = target.data[row] - below;
      const logS = (bin: number) => logits[bin] - Math.log(sum);
      const expected = -(1 - above) * logS(below) - above * logS(below + 1);
      expectClose(`row ${row}`, tensorOf(value).data[row], expected, 1e-14);
    });
  });

  it("is detection's loss of a side, row by row, whatever the leading axes", () => {
    const deep = { data: input.data, shape: [2, 3, bins] };
    const { value, grad } = distributionFocal(
      deep,
      { data: target.data, shape: [2, 3] },
      { reduction: 'none' },
    );
    expect(tensorOf(value).shape).toEqual([2, 3]);
    target.data.forEach((t, row) => {
      const logits = [...input.data.subarray(row * bins, (row + 1) * bins)];
      const side = distributionFocalLoss(decodeSide(logits), t);
      expect(tensorOf(value).data[row]).toBe(side.value);
      expect([...grad.data.subarray(row * bins, (row + 1) * bins)]).toEqual(side.grad);
    });
  });

  it('of whole bins is crossEntropy', () => {
    const whole = { data: [0, 1, 2, 3, 4, 5], shape: [rows] };
    expect(distributionFocal(input, whole)).toEqual(crossEntropy(input, whole));
  });
});
