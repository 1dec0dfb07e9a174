import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orientedLoss, orientedLossOf } from '../../src/reference/oriented.ts';
import { poseLoss, poseLossOf } from '../../src/reference/pose.ts';
import { segmentationLoss, segmentationLossOf } from '../../src/reference/segmentation.ts';
import type { Tensor } from '../../src/types.ts';
import { expectCloseL2 } from '../lib/compare.ts';
import { differencesAt, someIndices } from '../lib/differences.ts';
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
const RUNS = { seed: 20_260_104, numRuns: 60 };
/** Near the cube root of float64's epsilon, where a central difference is most accurate. */
const STEP = 1e-5;
/** Resolution of the difference. Reached: 3e-8. */
const BOUND = 5e-8;
/** Number of inputs of each tensor that are tried, to save time. */
const MOST_INPUTS = 12;

const wide = ({ data, shape }: Tensor) => ({ data: Float64Array.from(data), shape });

/** Fails unless gradients equal central differences of the total. */
function expectGrads(
  total: () => number,
  tensors: Record<string, { data: Float64Array }>,
  grads: Record<string, Float64Array>,
): void {
  // Rounding of the total, 1e-11 of it, which a difference divides by the step
  const floor = 1e-3 * Math.abs(total());
  for (const [name, { data }] of Object.entries(tensors)) {
    const positives = [...grads[name].keys()].filter((i) => grads[name][i] !== 0);
    const indices = [
      ...someIndices(data.length, MOST_INPUTS),
      ...someIndices(positives.length, MOST_INPUTS).map((i) => positives[i]),
    ];
    const numeric = differencesAt(data, indices, total, STEP);
    const exact = indices.map((i) => grads[name][i]);
    expectCloseL2(name, [...exact, floor], [...numeric, floor], BOUND);
  }
}

const byLevel = <T>(levels: readonly T[]) =>
  Object.fromEntries(levels.map((level, l) => [`feats[${l}]`, level]));

const title = `gradients equal central differences to ${BOUND} relative L2, random problems`;

describe('segmentationLoss', () => {
  it(title, () => {
    let positives = 0;
    const check = (recipe: Parameters<typeof buildSegmentationCase>[0]) => {
      const { predictions, targets, options } = buildSegmentationCase(recipe);
      const feats = predictions.feats.map(wide);
      const coefficients = wide(predictions.coefficients);
      const prototypes = wide(predictions.prototypes);
      const given = { feats, coefficients, prototypes };
      const { assignment, normalizer, ...loss } = segmentationLoss(given, targets, options);
      positives += assignment.anchor.length;
      const total = () =>
        segmentationLossOf(given, targets, assignment, normalizer, options, loss).total;
      const { feats: featGrads, ...grads } = loss.grads;
      expectGrads(
        total,
        { ...byLevel(feats), coefficients, prototypes },
        { ...byLevel(featGrads), ...grads },
      );
    };
    fc.assert(fc.property(taskRecipes(segmentationExtra, { small: true }), check), RUNS);
    expect(positives).toBeGreaterThan(RUNS.numRuns);
  });
});

describe('poseLoss', () => {
  it(title, () => {
    let positives = 0;
    const check = (recipe: Parameters<typeof buildPoseCase>[0]) => {
      const { predictions, targets, options } = buildPoseCase(recipe);
      const feats = predictions.feats.map(wide);
      const keypoints = wide(predictions.keypoints);
      const given = { feats, keypoints };
      const { assignment, normalizer, ...loss } = poseLoss(given, targets, options);
      positives += assignment.anchor.length;
      const total = () => poseLossOf(given, targets, assignment, normalizer, options, loss).total;
      const { feats: featGrads, ...grads } = loss.grads;
      expectGrads(total, { ...byLevel(feats), keypoints }, { ...byLevel(featGrads), ...grads });
    };
    fc.assert(fc.property(taskRecipes(poseExtra, { small: true }), check), RUNS);
    expect(positives).toBeGreaterThan(RUNS.numRuns);
  });
});

describe('orientedLoss', () => {
  it(title, () => {
    let positives = 0;
    const check = (recipe: Parameters<typeof buildOrientedCase>[0]) => {
      const { predictions, targets, options } = buildOrientedCase(recipe);
      const feats = predictions.feats.map(wide);
      const angles = wide(predictions.angles);
      const given = { feats, angles };
      const { assignment, normalizer, grads } = orientedLoss(given, targets, options);
      positives += assignment.anchor.length;
      const total = () => orientedLossOf(given, targets, assignment, normalizer, options).total;
      const { feats: featGrads, ...others } = grads;
      expectGrads(total, { ...byLevel(feats), angles }, { ...byLevel(featGrads), ...others });
    };
    fc.assert(fc.property(taskRecipes(orientedExtra, { small: true }), check), RUNS);
    expect(positives).toBeGreaterThan(RUNS.numRuns);
  });
});
