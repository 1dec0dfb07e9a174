import { softmax } from '../../src/reference/softmax.ts';
import type { Tensor } from '../../src/types.ts';
import { loadFixture } from './golden.ts';
import type { LossName } from './loss-cases.ts';

type Values = Tensor<ArrayLike<number>>;

/** A loss of the fixture `functional`: mean, sum, values and the gradient of their sum. */
export interface LossGolden {
  /** In the fixture. */
  name: string;
  loss: LossName;
  input: Values;
  target: Values;
  options: object;
  expected: { mean: number; sum: number | undefined; values: Tensor; grad: Tensor };
  /** From the gradient by `input` to the fixture's. */
  toFixture(grad: ArrayLike<number>): ArrayLike<number>;
}

/** 1 − similarity of the pairs of the fixture `iou`. */
export interface BoxGolden {
  kind: 'iou' | 'giou' | 'diou' | 'ciou' | 'probiou';
  pred: Tensor;
  target: Tensor;
  /** The similarity, and its gradient by `pred`. */
  expected: { similarity: Tensor; grad: Tensor };
}

type Entry = Pick<LossGolden, 'name' | 'loss'> & {
  target: Values;
  options?: object;
  input?: string;
};

export async function loadLossGoldens(): Promise<LossGolden[]> {
  const { tensors, case: golden } = await loadFixture('functional');
  const sums = golden.expected as unknown as Record<string, number>;
  const named = (name: string) => tensors[name] as Tensor;
  const quality = {
    data: named('target01').data.map((q, i) => q * named('binary').data[i]),
    shape: named('target01').shape,
  };
  const weight = named('classWeights').data;
  const entries: Entry[] = [
    { name: 'mse', loss: 'mse', target: named('target') },
    { name: 'l1', loss: 'l1', target: named('target') },
    { name: 'huber.delta1', loss: 'huber', target: named('target') },
    { name: 'huber.delta0.5', loss: 'huber', target: named('target'), options: { delta: 0.5 } },
    { name: 'smoothL1.beta0.5', loss: 'smoothL1', target: named('target'), options: { beta: 0.5 } },
    { name: 'bceWithLogits', loss: 'bceWithLogits', target: named('target01') },
    { name: 'crossEntropy', loss: 'crossEntropy', target: named('labels') },
    {
      name: 'crossEntropy.weighted',
      loss: 'crossEntropy',
      target: named('labels'),
      options: { weight },
    },
    {
      name: 'crossEntropy.smoothed0.1',
      loss: 'crossEntropy',
      target: named('labels'),
      options: { labelSmoothing: 0.1 },
    },
    { name: 'hinge', loss: 'hinge', target: named('sign') },
    { name: 'squaredHinge', loss: 'squaredHinge', target: named('sign') },
    { name: 'dice.smooth1', loss: 'dice', target: named('binary') },
    { name: 'focal.alpha0.25.gamma2', loss: 'focal', target: named('binary') },
    { name: 'varifocal.alpha0.75.gamma2', loss: 'varifocal', target: quality },
    { name: 'logLoss', loss: 'logLoss', target: named('target01'), input: 'probability' },
  ];
  const expectedOf = (name: string) => ({
    mean: sums[`${name}.mean`],
    sum: sums[`${name}.sum`], // the fixture has none of logLoss
    values: named(`${name}.value`),
    grad: named(`${name}.grad`),
  });
  const goldens = entries.map(({ input = 'input', options = {}, ...entry }) => ({
    ...entry,
    options,
    input: named(input),
    expected: expectedOf(entry.name),
    toFixture: (grad: ArrayLike<number>) => grad,
  }));
  return [...goldens, klDivOfLogits(named('input'), named('target'), expectedOf('kldiv'))];
}

/** The fixture's input and target are logits of the distributions, and its gradient goes on to the logits. */
function klDivOfLogits(
  input: Tensor,
  target: Tensor,
  expected: LossGolden['expected'],
): LossGolden {
  const { shape } = input;
  const rows = ({ data, shape: [count, classes] }: Values) =>
    Array.from({ length: count }, (_, n) =>
      softmax(Array.from({ length: classes }, (_, c) => data[n * classes + c])),
    );
  const predicted = rows(input);
  const truth = rows(target);
  return {
    name: 'kldiv',
    loss: 'klDiv',
    options: {},
    input: { data: predicted.flatMap((row) => row.logProbabilities), shape },
    target: { data: truth.flatMap((row) => row.probabilities), shape },
    expected,
    toFixture(grad) {
      const throughSoftmax = predicted.flatMap(({ probabilities }, n) => {
        const slopes = Array.from(grad).slice(n * shape[1], (n + 1) * shape[1]);
        const sum = slopes.reduce((total, slope) => total + slope, 0);
        return probabilities.map((p, c) => slopes[c] - p * sum);
      });
      return Float64Array.from(throughSoftmax);
    },
  };
}

export async function loadBoxGoldens(): Promise<BoxGolden[]> {
  const { tensors } = await loadFixture('iou');
  const named = (name: string) => tensors[name] as Tensor;
  return (['iou', 'giou', 'diou', 'ciou', 'probiou'] as const).map((kind) => ({
    kind,
    pred: named(kind === 'probiou' ? 'rotated.pred' : 'pred'),
    target: named(kind === 'probiou' ? 'rotated.target' : 'target'),
    expected: { similarity: named(`${kind}.value`), grad: named(`${kind}.grad`) },
  }));
}
