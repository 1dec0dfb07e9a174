import { describe, expect, it } from 'vitest';
import { detectionLoss, lossOf } from '../../src/reference/detection.ts';
import { expectCloseL2, relativeL2 } from '../lib/compare.ts';
import { differencesAt } from '../lib/differences.ts';
import { smallCase } from './small-case.ts';

/** Near the cube root of float64's epsilon, where a central difference is most accurate. */
const STEP = 1e-5;
/** Resolution of the difference: rounding of a loss near 50 over twice the step. Reached: 3.3e-9. */
const BOUND = 3e-8;
/** Stride of the inputs that are tried, to save time; prime, so that all channels and cells occur. */
const EVERY = 11;

const kinds = ['iou', 'giou', 'diou', 'ciou'] as const;
const classLosses = [
  'bce',
  'varifocal',
  'focal',
  { kind: 'varifocal', alpha: 0.6, gamma: 0 },
  { kind: 'focal', alpha: 0.6, gamma: 0.5 },
] as const;
/** The class loss and the box loss add up, so each is tried beside one of the other. */
const combinations = [
  ...kinds.map((iou) => ({ iou, classification: 'bce' as const })),
  ...classLosses.slice(1).map((classification) => ({ iou: 'ciou' as const, classification })),
].flatMap((pair) => [1, 16].map((regMax) => ({ ...pair, regMax })));

describe('detectionLoss: gradient', () => {
  it.each(combinations)(
    `equals central differences of total to ${BOUND} relative L2: %j`,
    (combination) => {
      const { feats, targets, options } = smallCase(combination);
      const loss = detectionLoss(feats, targets, options);
      const { assignment, normalizer, grads, tradeOffs } = loss;
      expect(assignment.anchor.length).toBeGreaterThan(5);

      const total = () =>
        lossOf(feats, targets, assignment, normalizer, options, { tradeOffs }).total;
      const every = combination.regMax === 1 ? 5 : EVERY;
      feats.forEach(({ data }, l) => {
        expectCloseL2(`grads[${l}]`, thin(grads[l], every), differences(data, every, total), BOUND);
      });
    },
  );

  it('is not that of a CIoU whose trade-off factor moves', () => {
    const gains = { cls: 0, dfl: 0 };
    const { feats, targets, options } = smallCase({ iou: 'ciou', gains });
    const { assignment, normalizer, grads } = detectionLoss(feats, targets, options);
    const total = () => lossOf(feats, targets, assignment, normalizer, options).total;
    const numeric = differences(feats[0].data, EVERY, total);
    expect(relativeL2(thin(grads[0], EVERY), numeric)).toBeGreaterThan(1e-3);
  });
});

function thin(values: Float64Array, every: number): Float64Array {
  return values.filter((_, i) => i % every === 0);
}

/** Central differences of f with respect to every `every`-th value of its data. */
function differences(data: Float64Array, every: number, f: () => number): Float64Array {
  return differencesAt(data, thin(Float64Array.from(data.keys()), every), f, STEP);
}
