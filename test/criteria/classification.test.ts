import { describe, expect, it } from 'vitest';
import {
  type ClassificationPredictions,
  type ClassificationTargets,
  createClassificationLoss,
  createLosses,
} from '../../src/index.ts';
import { expectCode } from '../lib/expect-code.ts';
import { classification } from '../lib/tasks/classification.ts';

const predictions = classification.ordinary.predictions as ClassificationPredictions;
const targets = classification.ordinary.targets as ClassificationTargets & { cls: number[] };
const criterion = await createClassificationLoss({ numClasses: 7, labelSmoothing: 0.1 });
const expected = criterion.valueAndGradSync(predictions, targets);

describe('createClassificationLoss', () => {
  it('is crossEntropy of the plain losses, to the bit', async () => {
    const losses = await createLosses();
    const { value, grad } = await losses.crossEntropy(
      predictions.logits,
      { data: targets.cls, shape: [3] },
      { labelSmoothing: 0.1 },
    );
    expect(expected).toEqual({ total: value, items: { loss: value }, grads: { logits: grad } });
    losses.dispose();
  });

  it('has no assign', () => {
    expect('assign' in criterion).toBe(false);
  });

  it.each([
    ['no targets', 'TARGET_TYPE', undefined, /value: targets needs \{ cls \}, got undefined$/],
    [
      'a class less',
      'TARGET_LENGTH',
      { cls: [1, 2] },
      /3 values .* because the number of images in logits is 3, got 2/,
    ],
    ['class C', 'TARGET_CLASS', { cls: [0, 7, 1] }, /cls\[1\] needs an integer from 0 to 6, got 7/],
    ['class −100, which is no index to ignore', 'TARGET_CLASS', { cls: [0, -100, 1] }, /-100/],
    ["class '1'", 'TARGET_CLASS', { cls: ['1', 0, 1] }, /'1'/],
  ] as const)('%s: TargetError %s', async (_, code, broken, message) => {
    const call = () => criterion.value(predictions, broken as unknown as ClassificationTargets);
    await expectCode(code, call, message);
  });

  it('logits of another C: TENSOR_SHAPE', async () => {
    const broken = { logits: { ...predictions.logits, shape: [7, 3] } };
    await expectCode('TENSOR_SHAPE', () => criterion.value(broken, targets), /\[B, 7\]/);
  });

  it.each([
    [{ labelSmoothing: 1.5 }, 'INVALID_OPTION', /labelSmoothing needs a finite number from 0 to 1/],
    [{ numClasses: 0 }, 'INVALID_OPTION', /numClasses/],
    [{ gains: {} }, 'UNKNOWN_OPTION', /gains/],
  ] as const)('%j: ConfigError %s', async (more, code, message) => {
    await expectCode(code, () => createClassificationLoss({ numClasses: 7, ...more }), message);
  });
});
