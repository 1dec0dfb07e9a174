import { beforeAll, describe, expect, it } from 'vitest';
import { createDetectionLoss } from '../../src/index.ts';
import { backends, startThreads } from '../lib/backends.ts';
import { expectAssignment, expectGrad, expectItems } from '../lib/expect-golden.ts';
import { loadGolden, optionsOf, realCases, recipeCases, storedCases } from '../lib/golden.ts';
import { noteGoldenErrors } from '../lib/golden-errors.ts';
import { toNchw, toNhwc } from '../lib/layout.ts';

const cases = [...storedCases, ...recipeCases, ...realCases];

describe.each(backends)(
  'createDetectionLoss, $name, goldens',
  ({ name: backend, config, bound }) => {
    noteGoldenErrors('createDetectionLoss', backend);
    beforeAll(() => startThreads(config));

    describe.each(cases)('%s', async (name) => {
      const golden = await loadGolden(name);

      it.each(['nchw', 'nhwc'] as const)(`%s: all within ${bound} relative`, async (layout) => {
        using criterion = await createDetectionLoss({ ...optionsOf(golden), layout, ...config });
        const feats = layout === 'nchw' ? golden.feats : golden.feats.map(toNhwc);
        const result = await criterion.valueAndGrad(feats, golden.targets);
        expectItems(result, golden, bound);
        expectAssignment(result.assignment, golden.assigned, bound);
        result.grads.forEach((grad, l) => {
          const { data } = layout === 'nchw' ? grad : toNchw(grad);
          expectGrad(`grads[${l}]`, data, golden.grads[l], bound, bound);
        });
      });

      it('value and assign give the bits of valueAndGrad', async () => {
        using criterion = await createDetectionLoss({ ...optionsOf(golden), ...config });
        const { grads: _, ...whole } = await criterion.valueAndGrad(golden.feats, golden.targets);
        expect(await criterion.value(golden.feats, golden.targets)).toEqual(whole);
        expect(await criterion.assign(golden.feats, golden.targets)).toEqual(whole.assignment);
      });
    });
  },
);
