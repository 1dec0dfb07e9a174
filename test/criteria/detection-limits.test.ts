import { beforeAll, describe, expect, it } from 'vitest';
import { createDetectionLoss, type DetectionLossConfig } from '../../src/index.ts';
import { detectionLoss } from '../../src/reference/detection.ts';
import { backends, startThreads } from '../lib/backends.ts';
import { expectLoss } from '../lib/expect-loss.ts';
import { ordinaryProblem } from '../lib/problem.ts';

type Sides = readonly [left: number, top: number, right: number, bottom: number];

/** Boxes inside out on both axes, without any area, and inside out on one axis with the area of the target: 32 × 32 px. */
const APART: Sides[] = [
  [-1, -1, -1, -1],
  [0, 0, 0, 0],
  [-2, 2, -2, 2],
  [-1, 1, 3, -7],
];
const OVERLAPPING = 5;

/** One target of the whole image, 16 anchors, of which one overlaps, with the lowest class logit. */
const sparse = (apart: Sides) => {
  const data = new Float32Array(6 * 16);
  for (let anchor = 0; anchor < 16; anchor++) {
    const sides = anchor === OVERLAPPING ? [1, 1, 1, 1] : apart;
    sides.forEach((side, i) => {
      data[i * 16 + anchor] = side;
    });
    data[4 * 16 + anchor] = anchor === OVERLAPPING ? -3 : 3;
  }
  return [{ data, shape: [1, 6, 4, 4] }];
};
const whole = { batchIdx: [0], cls: [0], bboxes: [0.5, 0.5, 1, 1] };
const sizes = { numClasses: 2, regMax: 1, strides: [8] };
const powers = [
  { alpha: 1, beta: 0 },
  { alpha: 0, beta: 0 },
  { alpha: 0, beta: 6 },
  { alpha: 0.5, beta: 1e-3 },
];

const { config: ordinary, feats, targets } = ordinaryProblem();

describe.each(backends)('createDetectionLoss, $name: limits', ({ config, bound }) => {
  beforeAll(() => startThreads(config));

  /** Fails unless a backend and the reference agree. */
  const expectReference = async (
    options: DetectionLossConfig,
    given: typeof feats,
    truth: typeof whole,
  ) => {
    using criterion = await createDetectionLoss({ ...options, ...config });
    const { total, items, assignment, grads } = await criterion.valueAndGrad(given, truth);
    const expected = detectionLoss(given, truth, options);
    expect([...assignment.anchor]).toEqual([...expected.assignment.anchor]);
    const actual = { total, items: { ...items }, grads: grads.map(({ data }) => data) };
    expectLoss(actual, { ...expected, items: { ...expected.items } }, bound);
    return assignment;
  };

  it.each(powers)(
    'alpha $alpha, beta $beta: without an overlap there is no alignment, so one anchor of 16 is positive',
    async (own) => {
      for (const apart of APART) {
        for (const topk of [1, 10]) {
          const options = { ...sizes, assigner: { ...own, topk } };
          const { anchor } = await expectReference(options, sparse(apart), whole);
          expect([...anchor], `[${apart}], topk ${topk}`).toEqual([OVERLAPPING]);
        }
      }
    },
  );

  it(`logits of bins near the lowest float32: within ${bound} of the reference`, async () => {
    const { regMax = 16, numClasses } = ordinary;
    const low = feats.map(({ data, shape }) => {
      const [, channels, height, width] = shape;
      const cells = height * width;
      // All bins of every other cell
      const isLow = (i: number) =>
        Math.floor(i / cells) % channels < 4 * regMax && (i % cells) % 2 === 0;
      return { data: data.map((x, i) => (isLow(i) ? -3e38 : x)), shape };
    });
    await expectReference({ regMax, numClasses }, low, targets);
  });
});
