import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { depthLoss } from '../../src/reference/depth.ts';
import { detectionLoss, lossOf } from '../../src/reference/detection.ts';
import { logDensity } from '../../src/reference/flow.ts';
import { orientedLoss, orientedLossOf } from '../../src/reference/oriented.ts';
import { poseLoss, poseLossOf } from '../../src/reference/pose.ts';
import { segmentationLoss, segmentationLossOf } from '../../src/reference/segmentation.ts';
import { semanticLoss } from '../../src/reference/semantic.ts';
import { flowOf, modern, random, semanticOf } from '../lib/cases-26.ts';
import {
  BOUND,
  byLevel,
  expectDifferences,
  LIKELY_BOUND,
  wide,
} from '../lib/expect-differences.ts';
import { buildCase } from '../lib/random-case.ts';
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
const RUNS = { seed: 20_260_114, numRuns: 10, endOnFailure: true };

/** The flow takes long. */
const FEW_RUNS = { ...RUNS, numRuns: 5 };

const title = `gradients equal central differences to ${BOUND} relative L2, random problems`;

/** Tries random problems, and fails if they have hardly any positive. */
function forAll<T>(recipes: fc.Arbitrary<T>, check: (recipe: T) => number, runs = RUNS): void {
  let positives = 0;
  fc.assert(
    fc.property(recipes, (recipe) => {
      positives += check(recipe);
    }),
    runs,
  );
  expect(positives).toBeGreaterThan(runs.numRuns);
}

describe('detectionLoss of 8.4', () => {
  it(title, () => {
    forAll(taskRecipes(orientedExtra, { small: true }), ({ detection }) => {
      // Half of the problems have no bins
      const regMax = detection.seed % 2 === 0 ? 1 : detection.options.regMax;
      const recipe = { ...detection, options: { ...detection.options, regMax } };
      const problem = modern(buildCase(recipe), detection.seed);
      const feats = problem.feats.map(wide);
      const { targets, options } = problem;
      const { assignment, normalizer, ...loss } = detectionLoss(feats, targets, options);
      const total = () => lossOf(feats, targets, assignment, normalizer, options, loss).total;
      expectDifferences(total, byLevel(feats), byLevel(loss.grads));
      return assignment.anchor.length;
    });
  });
});

describe('orientedLoss of 8.4', () => {
  it(title, () => {
    forAll(taskRecipes(orientedExtra, { small: true }), (recipe) => {
      const { predictions, targets, options } = modern(
        buildOrientedCase(recipe),
        recipe.detection.seed,
      );
      const feats = predictions.feats.map(wide);
      const angles = wide(predictions.angles);
      const given = { feats, angles };
      const { assignment, normalizer, grads } = orientedLoss(given, targets, options);
      const total = () => orientedLossOf(given, targets, assignment, normalizer, options).total;
      expectDifferences(
        total,
        { ...byLevel(feats), angles },
        { ...byLevel(grads.feats), angles: grads.angles },
      );
      return assignment.anchor.length;
    });
  });
});

describe('segmentationLoss of 8.4', () => {
  it(title, () => {
    forAll(taskRecipes(segmentationExtra, { small: true }), (recipe) => {
      const { seed } = recipe.detection;
      const problem = modern(buildSegmentationCase(recipe), seed);
      const { predictions, options } = problem;
      const feats = predictions.feats.map(wide);
      const coefficients = wide(predictions.coefficients);
      const prototypes = wide(predictions.prototypes);
      const { logits: semantic, truth } = semanticOf(
        { batch: prototypes.shape[0], classes: options.numClasses, size: recipe.extra.grid },
        problem.targets.masks,
        seed,
      );
      const targets = { ...problem.targets, semantic: truth };
      const given = { feats, coefficients, prototypes, semantic };
      const { assignment, normalizer, ...loss } = segmentationLoss(given, targets, options);
      const total = () =>
        segmentationLossOf(given, targets, assignment, normalizer, options, loss).total;
      const {
        feats: featGrads,
        semantic: semanticGrad = new Float64Array(),
        ...grads
      } = loss.grads;
      expectDifferences(
        total,
        { ...byLevel(feats), coefficients, prototypes, semantic },
        { ...byLevel(featGrads), ...grads, semantic: semanticGrad },
      );
      return assignment.anchor.length;
    });
  });
});

describe("poseLoss of head '26'", () => {
  it(`gradients equal central differences to ${LIKELY_BOUND} relative L2, random problems`, () => {
    let likely = 0;
    forAll(
      taskRecipes(poseExtra, { small: true }),
      (recipe) => {
        const { seed } = recipe.detection;
        const { predictions, targets, options: own } = modern(buildPoseCase(recipe), seed);
        const options = { ...own, head: '26' as const };
        const feats = predictions.feats.map(wide);
        const keypoints = wide(predictions.keypoints);
        const [batch, , anchors] = keypoints.shape;
        const sigmas = random([batch, 2 * recipe.extra.keypoints, anchors], seed + 5);
        const flow = flowOf(3, seed + 7);
        const given = { feats, keypoints, sigmas, flow };
        const { assignment, normalizer, ...loss } = poseLoss(given, targets, options);
        const total = () => poseLossOf(given, targets, assignment, normalizer, options, loss).total;
        likely += Number(loss.items.rle > 0);
        const { grads } = loss;
        // Every tensor of the flow is tried below, where that takes less time
        expectDifferences(
          total,
          { ...byLevel(feats), keypoints, sigmas, flow: flow[0] },
          {
            ...byLevel(grads.feats),
            keypoints: grads.keypoints,
            sigmas: grads.sigmas ?? new Float64Array(),
            flow: grads.flow?.[0] ?? new Float64Array(),
          },
          LIKELY_BOUND,
        );
        return assignment.anchor.length;
      },
      FEW_RUNS,
    );
    expect(likely).toBeGreaterThan(0);
  });
});

describe('logDensity', () => {
  it(`gradients equal central differences to ${BOUND} relative L2`, () => {
    const flow = flowOf(3, 5);
    const error = Float64Array.of(0.7, -1.3);
    const total = () => 1.7 * logDensity(flow, [...error]).value;
    const grads = flow.map(({ data }) => new Float64Array(data.length));
    const byError = Float64Array.from(logDensity(flow, [...error]).backward(1.7, grads));
    expectDifferences(
      total,
      { ...byLevel(flow), error: { data: error } },
      { ...byLevel(grads), error: byError },
    );
  });

  it('is the logarithm of a density: its integral over a wide square is 1 to 1e-3', () => {
    const flow = flowOf(4, 11);
    const [cells, reach] = [60, 10];
    const side = (2 * reach) / cells;
    let sum = 0;
    for (let i = 0; i < cells ** 2; i++) {
      const at = (k: number) => -reach + (k + 0.5) * side;
      const { value } = logDensity(flow, [at(i % cells), at(Math.floor(i / cells))]);
      sum += Math.exp(value) * side ** 2;
    }
    expect(Math.abs(sum - 1)).toBeLessThan(1e-3);
  });
});

describe('semanticLoss', () => {
  it.each([1, 2, 5])(`gradients equal central differences to ${BOUND}: %d classes`, (classes) => {
    const logits = random([2, classes, 3, 5], classes);
    const auxiliary = random([2, classes, 4, 2], classes + 10);
    const highest = Math.max(classes, 2);
    // Every tenth pixel does not count
    const label = (i: number) => (i % 10 === 0 ? 255 : (7 * i) % highest);
    const labels = {
      data: Array.from({ length: 2 * 7 * 6 }, (_, i) => label(i)),
      shape: [2, 7, 6],
    };
    const options = { numClasses: classes, classWeights: [0.5, 2, 0, 1, 3].slice(0, classes) };
    const loss = () => semanticLoss({ logits, auxiliary }, { labels }, options);
    const { grads } = loss();
    expectDifferences(
      () => loss().total,
      { logits, auxiliary },
      { logits: grads.logits, auxiliary: grads.auxiliary ?? new Float64Array() },
    );
  });
});

describe('depthLoss', () => {
  it.each([
    [9, 13],
    [16, 21],
  ])(`gradients equal central differences to ${BOUND}: truth of %d × %d`, (height, width) => {
    const depth = random([3, 1, 6, 8], height);
    depth.data.forEach((x, i) => {
      depth.data[i] = 2 + Math.abs(x);
    });
    const truth = random([3, height, width], width, 2);
    // The second image has few valid pixels in each cell, and leaves the pyramid
    const every = (i: number) => (Math.floor(i / (height * width)) === 1 ? 3 : 1);
    truth.data.forEach((x, i) => {
      truth.data[i] = i % every(i) === 0 ? 3 + x : 0;
    });
    const loss = () => depthLoss({ depth }, { depth: truth }, { lambda: 0.7 });
    expectDifferences(() => loss().total, { depth }, loss().grads as Record<string, Float64Array>);
  });
});
