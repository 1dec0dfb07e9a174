import { beforeAll, describe, expect, it } from 'vitest';
import {
  createOrientedLoss,
  type OrientedLossConfig,
  type OrientedPredictions,
  type OrientedTargets,
} from '../../src/index.ts';
import { orientedLoss } from '../../src/reference/oriented.ts';
import { backends, startThreads } from '../lib/backends.ts';
import { expectLoss } from '../lib/expect-loss.ts';
import { normal } from '../lib/random.ts';
import { oriented } from '../lib/tasks/oriented.ts';

const { options, ...given } = oriented.ordinary;
const { feats } = given.predictions as OrientedPredictions;
const targets = given.targets as OrientedTargets;
const config = options as OrientedLossConfig;

/** Predicted angles of about this size, and their loss by definition. */
const problems = [1e3, 1e5, 1e7, 1e9, 1e12, 1e37].map((std) => {
  const angles = { data: normal({ seed: 74, mean: 0, std }, 3 * 126), shape: [3, 1, 126] };
  const predictions = { feats, angles };
  return { std, predictions, expected: orientedLoss(predictions, targets, config) };
});

describe.each(backends)('createOrientedLoss, $name', ({ config: own, bound }) => {
  beforeAll(() => startThreads(own));

  it.each(problems)(
    `angles of $std radians: the reference's assignment, its loss and gradients within ${bound}`,
    async ({ predictions, expected }) => {
      using criterion = await createOrientedLoss({ ...config, ...own });
      const result = await criterion.valueAndGrad(predictions, targets);
      expect([...result.assignment.anchor]).toEqual([...expected.assignment.anchor]);
      const { feats: byFeats, angles } = result.grads;
      const grads = [...byFeats, angles].map(({ data }) => data);
      const exact = [...expected.grads.feats, expected.grads.angles];
      const { total, items } = result;
      expectLoss(
        { total, items: { ...items }, grads },
        { total: expected.total, items: { ...expected.items }, grads: exact },
        bound,
      );
    },
  );
});
