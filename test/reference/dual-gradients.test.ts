import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HeadPair } from '../../src/head-weights.ts';
import { dualOrientedLoss, dualPoseLoss, type Heads } from '../../src/reference/dual.ts';
import { orientedLossOf } from '../../src/reference/oriented.ts';
import { poseLossOf } from '../../src/reference/pose.ts';
import type { Tensor } from '../../src/types.ts';
import { flowOf, modern, random } from '../lib/cases-26.ts';
import { expectClose } from '../lib/compare.ts';
import {
  BOUND,
  byLevel,
  expectDifferences,
  LIKELY_BOUND,
  wide,
} from '../lib/expect-differences.ts';
import {
  buildOrientedCase,
  buildPoseCase,
  orientedExtra,
  poseExtra,
  taskRecipes,
} from '../lib/task-cases.ts';

/** Fixed seed, so that a failure comes from a change and not from chance. */
const RUNS = { seed: 20_261_130, numRuns: 6, endOnFailure: true };
/** The flow takes long. */
const FEW_RUNS = { ...RUNS, numRuns: 3 };
/** At most two keypoints, for the same reason. */
const fewKeypoints = poseExtra.map((extra) => ({ ...extra, keypoints: 1 + (extra.keypoints % 2) }));
const HEADS = ['oneToMany', 'oneToOne'] as const;
const OWN_OF_DUAL = {
  assigner: { topk: [7, 3] as HeadPair, topk2: [7, 1] as HeadPair },
  headWeights: [0.7, 0.4] as HeadPair,
};

/** A problem's predictions for the head with many anchors per target, and smaller ones for the other. */
const headsOf = (tensor: Tensor) => ({
  oneToMany: wide(tensor),
  oneToOne: wide({ ...tensor, data: tensor.data.map((x) => 0.6 * x + 0.05) }),
});

/** Arrays of both heads by name. */
const byHead = <T>(named: (head: keyof Heads<unknown>) => Record<string, T>) =>
  Object.fromEntries(
    HEADS.flatMap((head) =>
      Object.entries(named(head)).map(([name, part]) => [`${head}.${name}`, part]),
    ),
  );

describe('dualOrientedLoss', () => {
  it(`gradients equal central differences to ${BOUND} relative L2, random problems`, () => {
    let positives = 0;
    const check = (recipe: Parameters<typeof buildOrientedCase>[0]) => {
      const problem = modern(buildOrientedCase(recipe), recipe.detection.seed);
      const { predictions, targets } = problem;
      const options = { ...problem.options, ...OWN_OF_DUAL };
      const levels = predictions.feats.map(headsOf);
      const angles = headsOf(predictions.angles);
      const of = (head: keyof Heads<unknown>) => ({
        feats: levels.map((level) => level[head]),
        angles: angles[head],
      });
      const given = { oneToMany: of('oneToMany'), oneToOne: of('oneToOne') };
      const loss = dualOrientedLoss(given, targets, options);
      const headTotal = (head: keyof Heads<unknown>) => {
        const { assignment, normalizer } = loss[head];
        return orientedLossOf(given[head], targets, assignment, normalizer, problem.options).total;
      };
      const total = () => 0.7 * headTotal('oneToMany') + 0.4 * headTotal('oneToOne');
      expectClose('total', loss.total, total(), 1e-14);
      expectDifferences(
        total,
        byHead((head) => ({ ...byLevel(given[head].feats), angles: given[head].angles })),
        byHead((head) => ({ ...byLevel(loss.grads[head].feats), angles: loss.grads[head].angles })),
      );
      for (const head of HEADS) positives += loss[head].assignment.anchor.length;
    };
    fc.assert(fc.property(taskRecipes(orientedExtra, { small: true }), check), RUNS);
    expect(positives).toBeGreaterThan(RUNS.numRuns);
  });
});

describe('dualPoseLoss', () => {
  it(`gradients equal central differences to ${LIKELY_BOUND} relative L2, that of the flow from both heads`, () => {
    let likely = 0;
    const check = (recipe: Parameters<typeof buildPoseCase>[0]) => {
      const { seed } = recipe.detection;
      const problem = modern(buildPoseCase(recipe), seed);
      const { predictions, targets } = problem;
      const own = { ...problem.options, head: '26' as const };
      const options = { ...own, ...OWN_OF_DUAL };
      const levels = predictions.feats.map(headsOf);
      const keypoints = headsOf(predictions.keypoints);
      const [batch, , anchors] = predictions.keypoints.shape;
      const sigmas = (n: number) => random([batch, 2 * recipe.extra.keypoints, anchors], seed + n);
      const of = (head: keyof Heads<unknown>, n: number) => ({
        feats: levels.map((level) => level[head]),
        keypoints: keypoints[head],
        sigmas: sigmas(n),
      });
      const flow = flowOf(3, seed + 7);
      const given = { oneToMany: of('oneToMany', 5), oneToOne: of('oneToOne', 6), flow };
      const loss = dualPoseLoss(given, targets, options);
      const headTotal = (head: keyof Heads<unknown>) => {
        const { assignment, normalizer } = loss[head];
        const all = { ...given[head], flow };
        return poseLossOf(all, targets, assignment, normalizer, own, loss[head]).total;
      };
      const total = () => 0.7 * headTotal('oneToMany') + 0.4 * headTotal('oneToOne');
      expectClose('total', loss.total, total(), 1e-14);
      const none = new Float64Array();
      const gradsOf = (head: keyof Heads<unknown>) => {
        const { feats, keypoints, sigmas = none } = loss.grads[head];
        return { ...byLevel(feats), keypoints, sigmas };
      };
      const tensorsOf = (head: keyof Heads<unknown>) => {
        const { feats, keypoints, sigmas } = given[head];
        return { ...byLevel(feats), keypoints, sigmas };
      };
      expectDifferences(
        total,
        { ...byHead(tensorsOf), flow: flow[0] },
        { ...byHead(gradsOf), flow: loss.grads.flow[0] },
        LIKELY_BOUND,
      );
      likely += Number(loss.oneToMany.items.rle > 0 && loss.oneToOne.items.rle > 0);
    };
    fc.assert(fc.property(taskRecipes(fewKeypoints, { small: true }), check), FEW_RUNS);
    expect(likely).toBeGreaterThan(0);
  });
});
