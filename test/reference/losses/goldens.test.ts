import { describe, it } from 'vitest';
import * as losses from '../../../src/reference/losses/index.ts';
import { softmax } from '../../../src/reference/softmax.ts';
import type { Tensor } from '../../../src/types.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { loadFixture } from '../../lib/golden.ts';
import { tensorOf } from '../../lib/tensor-of.ts';

/** Both sides are float64; they sum 407 terms in different orders. Reached: 2.1e-15. */
const SUM_BOUND = 1e-14;
/** The goldens' tensors are rounded to float32, which alone is up to 6e-8. Reached: 3e-8. */
const TENSOR_BOUND = 6e-8;

const { tensors, case: golden } = await loadFixture('functional');
const expected = golden.expected as unknown as Record<string, number>;
const named = (name: string) => tensors[name] as Tensor;
const quality = {
  data: named('target01').data.map((q, i) => q * named('binary').data[i]),
  shape: named('target01').shape,
};
const weight = named('classWeights').data;

type Loss = (input: losses.Values, options: losses.LossOptions) => losses.Loss;

/** A loss's name in the fixture, its definition here, and its input there. */
const cases: [name: string, loss: Loss, input?: string][] = [
  ['mse', (x, o) => losses.mse(x, named('target'), o)],
  ['l1', (x, o) => losses.l1(x, named('target'), o)],
  ['huber.delta1', (x, o) => losses.huber(x, named('target'), o)],
  ['huber.delta0.5', (x, o) => losses.huber(x, named('target'), { ...o, delta: 0.5 })],
  ['smoothL1.beta0.5', (x, o) => losses.smoothL1(x, named('target'), { ...o, beta: 0.5 })],
  ['bceWithLogits', (x, o) => losses.bceWithLogits(x, named('target01'), o)],
  ['crossEntropy', (x, o) => losses.crossEntropy(x, named('labels'), o)],
  ['crossEntropy.weighted', (x, o) => losses.crossEntropy(x, named('labels'), { ...o, weight })],
  [
    'crossEntropy.smoothed0.1',
    (x, o) => losses.crossEntropy(x, named('labels'), { ...o, labelSmoothing: 0.1 }),
  ],
  ['hinge', (x, o) => losses.hinge(x, named('sign'), o)],
  ['squaredHinge', (x, o) => losses.squaredHinge(x, named('sign'), o)],
  ['dice.smooth1', (x, o) => losses.dice(x, named('binary'), o)],
  ['kldiv', klDivOfLogits],
  ['focal.alpha0.25.gamma2', (x, o) => losses.focal(x, named('binary'), o)],
  ['varifocal.alpha0.75.gamma2', (x, o) => losses.varifocal(x, quality, o)],
  ['logLoss', (x, o) => losses.logLoss(x, named('target01'), o), 'probability'],
];

describe.each(cases)('%s: golden', (name, loss, input = 'input') => {
  it(`mean and sum within ${SUM_BOUND} relative`, () => {
    for (const reduction of ['mean', 'sum'] as const) {
      const key = `${name}.${reduction}`;
      if (key === 'logLoss.sum') continue; // the fixture has none
      expectClose(key, Number(loss(named(input), { reduction }).value), expected[key], SUM_BOUND);
    }
  });

  it(`values and gradient within ${TENSOR_BOUND} relative L2`, () => {
    const { value, grad } = loss(named(input), { reduction: 'none' });
    const values = tensorOf(value).data;
    expectCloseL2('values', values, named(`${name}.value`).data, TENSOR_BOUND);
    expectCloseL2('grad', grad.data, named(`${name}.grad`).data, TENSOR_BOUND);
  });
});

/** The fixture's input and target are logits of the distributions, and its gradient goes on to the logits. */
function klDivOfLogits(input: losses.Values, options: losses.LossOptions): losses.Loss {
  const rows = ({ data, shape: [count, classes] }: losses.Values) =>
    Array.from({ length: count }, (_, n) =>
      softmax(Array.from({ length: classes }, (_, c) => data[n * classes + c])),
    );
  const predicted = rows(input);
  const { shape } = input;
  const logs = { data: predicted.flatMap((row) => row.logProbabilities), shape };
  const target = { data: rows(named('target')).flatMap((row) => row.probabilities), shape };
  const { value, grad } = losses.klDiv(logs, target, options);
  const throughSoftmax = predicted.flatMap(({ probabilities }, n) => {
    const slopes = grad.data.subarray(n * shape[1], (n + 1) * shape[1]);
    const sum = slopes.reduce((total, slope) => total + slope, 0);
    return probabilities.map((p, c) => slopes[c] - p * sum);
  });
  return { value, grad: { data: Float64Array.from(throughSoftmax), shape } };
}
