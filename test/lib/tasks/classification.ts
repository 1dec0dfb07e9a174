import fc from 'fast-check';
import { createClassificationLoss } from '../../../src/index.ts';
import { classificationLoss } from '../../../src/reference/classification.ts';
import { normal, uniforms } from '../random.ts';
import { oneBuildBackends } from './one-build.ts';
import { testedTask } from './task.ts';

const logits = { data: normal({ seed: 75, mean: 0, std: 3 }, 3 * 7), shape: [3, 7] };

const recipes = fc.record({
  seed: fc.integer(),
  batch: fc.integer({ min: 1, max: 70 }),
  numClasses: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(80, 1000)),
  labelSmoothing: fc.constantFrom(undefined, 0, 0.1, 1),
  std: fc.constantFrom(1, 30),
});

export const classification = testedTask({
  name: 'createClassificationLoss',
  backends: oneBuildBackends,
  hasAssignment: false,
  isMean: true,
  create: createClassificationLoss,
  ordinary: {
    options: { numClasses: 7, labelSmoothing: 0.1 },
    predictions: { logits },
    targets: { cls: [6, 0, 3] },
    none: { cls: [0, 0, 0] },
  },
  goldens: [],
  random: {
    recipes,
    build({ seed, batch, numClasses, labelSmoothing, std }) {
      const uniform = uniforms(seed);
      const data = normal({ seed, mean: 0, std }, batch * numClasses);
      return {
        options: { numClasses, labelSmoothing },
        predictions: { logits: { data, shape: [batch, numClasses] } },
        targets: { cls: Array.from({ length: batch }, () => Math.floor(numClasses * uniform())) },
      };
    },
    expected({ predictions, targets, options }) {
      const { total, items, grads } = classificationLoss(predictions, targets, options);
      return { total, items: { ...items }, grads: [grads.logits] };
    },
  },
});
