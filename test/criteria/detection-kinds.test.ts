import { beforeAll, describe, expect, it } from 'vitest';
import { createDetectionLoss } from '../../src/index.ts';
import { OVERLAP_KINDS, UPRIGHT_IOU_KINDS } from '../../src/kinds.ts';
import { detectionLoss } from '../../src/reference/detection.ts';
import { backends, startThreads } from '../lib/backends.ts';
import { expectClose } from '../lib/compare.ts';
import { expectLoss } from '../lib/expect-loss.ts';
import { assignmentMargin } from '../lib/margin.ts';
import { ordinaryProblem } from '../lib/problem.ts';

/** Margin of an assignment that float32 cannot change. */
const CLEAR = 1e-5;
/** Relative difference of losses that no backend may take for each other. */
const CLEAR_LOSS = 1e-4;

const { config: sizes, feats, targets } = ordinaryProblem();
const problems = OVERLAP_KINDS.flatMap((overlap) =>
  UPRIGHT_IOU_KINDS.map((iou) => {
    const options = { ...sizes, assigner: { overlap }, iou };
    return [overlap, iou, options, detectionLoss(feats, targets, options)] as const;
  }),
);

describe('the problem of these tests', () => {
  it.each(OVERLAP_KINDS)('has a clear assignment by %s', (overlap) => {
    const options = { ...sizes, assigner: { overlap } };
    expect(assignmentMargin({ feats, targets, options })).toBeGreaterThan(CLEAR);
  });

  it('has another box loss for each pair of kinds', () => {
    const losses = problems.map(([, , , { items }]) => items.box).sort((a, b) => a - b);
    const gaps = losses.slice(1).map((loss, i) => loss / losses[i] - 1);
    expect(Math.min(...gaps)).toBeGreaterThan(CLEAR_LOSS);
  });
});

describe.each(backends)('createDetectionLoss, $name', ({ config, bound }) => {
  beforeAll(() => startThreads(config));

  it.each(problems)(
    `assigned by %s, box loss %s: the reference's assignment, its loss and gradients within ${bound}`,
    async (_overlap, _iou, options, expected) => {
      using criterion = await createDetectionLoss({ ...options, ...config });
      const { total, items, assignment, grads } = await criterion.valueAndGrad(feats, targets);
      for (const key of ['image', 'anchor', 'target', 'unassigned'] as const) {
        expect([...assignment[key]], key).toEqual([...expected.assignment[key]]);
      }
      expectClose('scoresSum', assignment.scoresSum, expected.assignment.scoresSum, bound);
      const actual = { total, items: { ...items }, grads: grads.map(({ data }) => data) };
      expectLoss(actual, { ...expected, items: { ...expected.items } }, bound);
    },
  );
});
