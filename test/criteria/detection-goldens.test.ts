import { beforeAll, describe, expect, it } from 'vitest';
import { createDetectionLoss, type DetectionLossConfig } from '../../src/index.ts';
import { backends, startThreads } from '../lib/backends.ts';
import { expectAssignment, expectGrad, expectItems } from '../lib/expect-golden.ts';
import {
  type Golden,
  loadGolden,
  optionsOf,
  realCases,
  recipeCases,
  storedCases,
} from '../lib/golden.ts';
import { cases26, loadGolden26 } from '../lib/golden-26.ts';
import { noteGoldenErrors } from '../lib/golden-errors.ts';
import { toNchw, toNhwc } from '../lib/layout.ts';

type Case = Pick<Golden, 'expected' | 'feats' | 'targets' | 'grads' | 'assigned'>;
interface Loaded {
  golden: Case;
  options: DetectionLossConfig;
}

async function load(name: string): Promise<Loaded> {
  const golden = await loadGolden(name);
  return { golden, options: optionsOf(golden) };
}

/** Loads a case of Ultralytics 8.4. */
async function load26(name: string): Promise<Loaded> {
  const { options, config, expected, levels, targets, assigned } = await loadGolden26(name);
  const { topk, topk2 } = config;
  const grads = levels('grads').map(({ data }) => ({ kind: 'full' as const, data }));
  const golden = { expected, feats: levels('feats'), targets: targets(), grads };
  return {
    golden: { ...golden, assigned: assigned() } as unknown as Case,
    options: { ...options, assigner: { ...options.assigner, topk, topk2 } },
  };
}

const cases = [
  ...[...storedCases, ...recipeCases, ...realCases].map((name) => ({ name, load })),
  ...cases26.detection.map((name) => ({ name, load: load26 })),
];

describe.each(backends)(
  'createDetectionLoss, $name, goldens',
  ({ name: backend, config, bound }) => {
    noteGoldenErrors('createDetectionLoss', backend);
    beforeAll(() => startThreads(config));

    describe.each(cases)('$name', async ({ name, load }) => {
      const { golden, options } = await load(name);

      it.each(['nchw', 'nhwc'] as const)(`%s: all within ${bound} relative`, async (layout) => {
        using criterion = await createDetectionLoss({ ...options, layout, ...config });
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
        using criterion = await createDetectionLoss({ ...options, ...config });
        const { grads: _, ...whole } = await criterion.valueAndGrad(golden.feats, golden.targets);
        expect(await criterion.value(golden.feats, golden.targets)).toEqual(whole);
        expect(await criterion.assign(golden.feats, golden.targets)).toEqual(whole.assignment);
      });
    });
  },
);
