import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReferenceAssignment } from '../../src/reference/assign.ts';
import { detectionLoss } from '../../src/reference/detection.ts';
import { orientedLoss } from '../../src/reference/oriented.ts';
import { poseLoss } from '../../src/reference/pose.ts';
import { segmentationLoss } from '../../src/reference/segmentation.ts';
import { expectClose } from '../lib/compare.ts';
import { toNchw, toNhwc } from '../lib/layout.ts';
import { orientedMargin } from '../lib/margin.ts';
import {
  buildOrientedCase,
  buildPoseCase,
  buildSegmentationCase,
  orientedExtra,
  poseExtra,
  segmentationExtra,
  taskRecipes,
} from '../lib/task-cases.ts';

/** Fixed seed, so that a failure comes from a change and not from chance. */
const RUNS = { seed: 20_260_105, numRuns: 10 };
/** Rounding of sums of a few terms. */
const BOUND = 1e-14;

interface Outcome {
  total: number;
  items: object;
  assignment: ReferenceAssignment;
}

/** Fails unless total and items are finite and agree. */
function expectTotal({ total, items }: Outcome, batch: number): void {
  const sum = Object.values(items).reduce((a: number, b: number) => a + b, 0);
  expect(Number.isFinite(total)).toBe(true);
  expectClose('total', total, sum * batch, BOUND);
}

/** Fails unless the gradient [B, channels, A] is finite, and 0 except at positives. */
function expectAtPositives(
  grad: Float64Array,
  batch: number,
  { assignment }: Outcome,
  anchors: number,
) {
  const positives = new Set(
    assignment.anchor.map((anchor, i) => assignment.image[i] * anchors + anchor),
  );
  const perImage = grad.length / batch;
  grad.forEach((slope, i) => {
    const where = Math.floor(i / perImage) * anchors + (i % anchors);
    if (!Number.isFinite(slope) || (slope !== 0 && !positives.has(where))) {
      throw new Error(`gradient ${slope} at ${i}`);
    }
  });
}

const detection = (items: { box: number; cls: number; dfl: number }) => [
  items.box,
  items.cls,
  items.dfl,
];

describe('tasks, random problems', () => {
  it("segmentationLoss: detection's items and assignment, gradients only where positives are", () => {
    const check = (recipe: Parameters<typeof buildSegmentationCase>[0]) => {
      const { predictions, targets, options } = buildSegmentationCase(recipe);
      const [batch, , anchors] = predictions.coefficients.shape;
      const loss = segmentationLoss(predictions, targets, options);
      expectTotal(loss, batch);
      expectAtPositives(loss.grads.coefficients, batch, loss, anchors);
      const plain = detectionLoss(predictions.feats, targets, options);
      expect(detection(loss.items)).toEqual(detection(plain.items));
      expect(loss.assignment).toEqual(plain.assignment);
    };
    fc.assert(fc.property(taskRecipes(segmentationExtra), check), RUNS);
  });

  it("poseLoss: detection's items and assignment, gradients only where positives are", () => {
    const check = (recipe: Parameters<typeof buildPoseCase>[0]) => {
      const { predictions, targets, options } = buildPoseCase(recipe);
      const [batch, , anchors] = predictions.keypoints.shape;
      const loss = poseLoss(predictions, targets, options);
      expectTotal(loss, batch);
      expectAtPositives(loss.grads.keypoints, batch, loss, anchors);
      const plain = detectionLoss(predictions.feats, targets, options);
      expect(detection(loss.items)).toEqual(detection(plain.items));
      expect(loss.assignment).toEqual(plain.assignment);
    };
    fc.assert(fc.property(taskRecipes(poseExtra), check), RUNS);
  });

  it('orientedLoss: finite, gradients only where positives are, one loss in both layouts', () => {
    let clear = 0;
    const check = (recipe: Parameters<typeof buildOrientedCase>[0]) => {
      const problem = buildOrientedCase(recipe);
      const { predictions, targets, options } = problem;
      if (orientedMargin(problem) > 1e-5) clear++;
      const [batch, , anchors] = predictions.angles.shape;
      const loss = orientedLoss(predictions, targets, options);
      expectTotal(loss, batch);
      expectAtPositives(loss.grads.angles, batch, loss, anchors);
      const isNchw = options.layout === 'nchw';
      const feats = predictions.feats.map(isNchw ? toNhwc : toNchw);
      const layout = isNchw ? 'nhwc' : 'nchw';
      const other = orientedLoss({ ...predictions, feats }, targets, { ...options, layout });
      expect(other.assignment).toEqual(loss.assignment);
      expectClose('total', other.total, loss.total, 1e-12);
      expect(other.grads.angles).toEqual(loss.grads.angles);
    };
    fc.assert(fc.property(taskRecipes(orientedExtra), check), RUNS);
    // Most cases are so clear that a backend that ranks in float32 must also solve them
    expect(clear).toBeGreaterThan(RUNS.numRuns / 2);
  });
});
