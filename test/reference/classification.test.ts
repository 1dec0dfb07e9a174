import { describe, expect, it } from 'vitest';
import { classificationLoss } from '../../src/reference/classification.ts';
import { crossEntropy } from '../../src/reference/losses/cross-entropy.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { differencesAt } from '../lib/differences.ts';
import { normal } from '../lib/random.ts';

const data = Float64Array.from(normal({ seed: 4, mean: 0, std: 2 }, 12));
const logits = { data, shape: [3, 4] };
const cls = [2, 0, 3];

describe('classificationLoss', () => {
  it('is the mean of log Σ e^x − x of the class, and total is the item: no factor B; to 1e-14', () => {
    const rows = cls.map((y, b) => {
      const row = data.subarray(4 * b, 4 * b + 4);
      return Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - row[y];
    });
    const { total, items } = classificationLoss({ logits }, { cls }, { numClasses: 4 });
    expectClose('loss', items.loss, (rows[0] + rows[1] + rows[2]) / 3, 1e-14);
    expect(total).toBe(items.loss);
  });

  it.each([0, 0.1])(
    'gradient equals central differences to 1e-9, smoothing %d',
    (labelSmoothing) => {
      const options = { numClasses: 4, labelSmoothing };
      const f = () => classificationLoss({ logits }, { cls }, options).total;
      const numeric = differencesAt(data, [...data.keys()], f, 1e-5);
      const { grads } = classificationLoss({ logits }, { cls }, options);
      expectCloseL2('grad', grads.logits, numeric, 1e-9);
    },
  );

  it("smooths labels as PyTorch's cross-entropy", () => {
    const { value } = crossEntropy(logits, { data: cls, shape: [3] }, { labelSmoothing: 0.1 });
    const options = { numClasses: 4, labelSmoothing: 0.1 };
    expect(classificationLoss({ logits }, { cls }, options).total).toBe(value);
  });
});
