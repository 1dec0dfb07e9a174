import { beforeAll, describe, expect, it } from 'vitest';
import { createPoseLoss, type PoseLossConfig } from '../../src/index.ts';
import { type PosePredictions, poseLoss } from '../../src/reference/pose.ts';
import { backends, startThreads } from '../lib/backends.ts';
import { expectLoss } from '../lib/expect-loss.ts';
import { pose } from '../lib/tasks/pose.ts';

const { options, predictions, targets } = pose.ordinary;

describe.each(backends)('createPoseLoss, $name', ({ config, bound }) => {
  beforeAll(() => startThreads(config));

  it.each([1e-30, 1e-15, 1e15])(
    `σ of %d, whose square float32 cannot hold: within ${bound} of the reference`,
    async (sigma) => {
      const own = { ...options, sigmas: Array(4).fill(sigma) } as object as PoseLossConfig;
      using criterion = await createPoseLoss({ ...own, ...config });
      const result = await criterion.valueAndGrad(predictions as never, targets as never);
      const expected = poseLoss(predictions as PosePredictions, targets as never, own as never);
      expect(result.items.pose).toBeGreaterThanOrEqual(0);
      const { feats, keypoints } = result.grads;
      const actual = [...feats, keypoints].map(({ data }) => data);
      const { total, items } = result;
      expectLoss(
        { total, items: { ...items }, grads: actual },
        {
          total: expected.total,
          items: { ...expected.items },
          grads: [...expected.grads.feats, expected.grads.keypoints],
        },
        bound,
      );
    },
  );
});
