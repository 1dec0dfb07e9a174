import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orientedLoss, orientedLossOf } from '../../src/reference/oriented.ts';
import { poseLoss, poseLossOf } from '../../src/reference/pose.ts';
import { segmentationLoss, segmentationLossOf } from '../../src/reference/segmentation.ts';
import { BOUND, byLevel, expectDifferences, wide } from '../lib/expect-differences.ts';
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
const RUNS = { seed: 20_260_104, numRuns: 10 };
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
      expectDifferences(
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
      const { feats: featGrads, keypoints: slopes } = loss.grads;
      expectDifferences(
        total,
        { ...byLevel(feats), keypoints },
        { ...byLevel(featGrads), keypoints: slopes },
      );
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
      expectDifferences(total, { ...byLevel(feats), angles }, { ...byLevel(featGrads), ...others });
    };
    fc.assert(fc.property(taskRecipes(orientedExtra, { small: true }), check), RUNS);
    expect(positives).toBeGreaterThan(RUNS.numRuns);
  });
});
