import { describe, expect, it } from 'vitest';
import { bceWithLogits } from '../../../src/reference/losses/bce-with-logits.ts';
import { crossEntropy } from '../../../src/reference/losses/cross-entropy.ts';
import { klDiv } from '../../../src/reference/losses/kl-div.ts';
import { logLoss } from '../../../src/reference/losses/log-loss.ts';
import { sigmoid } from '../../../src/reference/sigmoid.ts';
import { softmax } from '../../../src/reference/softmax.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';

const sum = { reduction: 'sum' } as const;

describe('logLoss', () => {
  it('of sigmoid(x) is bceWithLogits of x, and so is its slope through the sigmoid, to 1e-14', () => {
    const input = { data: [-3, -0.2, 0, 1.4, 4], shape: [5] };
    const target = { data: [0, 1, 0.3, 0.9, 1], shape: [5] };
    const probabilities = { data: input.data.map(sigmoid), shape: [5] };
    const [ours, theirs] = [logLoss(probabilities, target), bceWithLogits(input, target)];
    expectClose('value', Number(ours.value), Number(theirs.value), 1e-14);
    const slopes = ours.grad.data.map((slope, i) => {
      const p = probabilities.data[i];
      return slope * p * (1 - p);
    });
    expectCloseL2('grad', slopes, theirs.grad.data, 1e-14);
  });

  it('a certain mistake costs 100 and keeps a slope of 1e12, a certain truth nothing', () => {
    const one = (p: number, t: number) =>
      logLoss({ data: [p], shape: [1] }, { data: [t], shape: [1] });
    const [mistake, truth] = [one(0, 1), one(1, 1)];
    expect([mistake.value, mistake.grad.data[0]]).toEqual([100, -1e12]);
    expect([truth.value, truth.grad.data[0]]).toEqual([0, 0]);
    expect([one(1, 0).value, one(1, 0).grad.data[0]]).toEqual([100, 1e12]);
  });
});

describe('klDiv', () => {
  const logits = [0.3, -1, 2, 0.1];
  const truth = softmax([1, -0.5, 0.2, 0]).probabilities;
  const input = { data: softmax(logits).logProbabilities, shape: [4] };

  it('of a distribution with itself is 0, of any other more', () => {
    const own = { data: softmax(logits).probabilities, shape: [4] };
    expectClose('own', Number(klDiv(input, own, sum).value), 0, 1e-16, 1);
    expect(klDiv(input, { data: truth, shape: [4] }, sum).value).toBeGreaterThan(0.1);
  });

  it('is cross-entropy less the entropy of the target, to 1e-15', () => {
    const entropy = -truth.reduce((total, p) => total + p * Math.log(p), 0);
    const cross = crossEntropy({ data: logits, shape: [4] }, { data: truth, shape: [4] });
    const { value } = klDiv(input, { data: truth, shape: [4] }, sum);
    expectClose('value', Number(value), Number(cross.value) - entropy, 1e-15, 1);
  });

  it('a target of 0 costs nothing', () => {
    expect(klDiv({ data: [-3], shape: [1] }, { data: [0], shape: [1] }).value).toBe(0);
  });
});
