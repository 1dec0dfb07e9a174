import type { Positives } from '../../src/backend/assign/positives.ts';
import { ROTATED } from '../../src/backend/assign/rotated.ts';
import { UPRIGHT } from '../../src/backend/assign/upright.ts';
import type { HeadInputs } from '../../src/backend/backend.ts';
import type { GroupedTargets, Predictions } from '../../src/backend/inputs.ts';
import { CRITERIA, type CriteriaEngine } from '../../src/backend/programs/criteria/program.ts';
import { leaseEngine } from '../../src/backend/runtime/lease-engine.ts';
import { type HeadContext, openHead } from '../../src/backend/wasm/head.ts';
import type { ReferenceAssignment } from '../../src/reference/assign.ts';
import { type Head, readHead } from '../../src/reference/levels.ts';
import { type ReferenceOptions, resolveOptions } from '../../src/reference/options.ts';
import type { DetectionTargets, Tensor } from '../../src/types.ts';
import { builds, effortOn } from './builds.ts';
import { headInputs } from './head-inputs.ts';

/** Engines for the stages of the WASM backend: of every build, on one thread and on two. */
export const engines = await Promise.all(
  builds.flatMap((own) =>
    [1, 2].map(async (threads) => {
      const { build, wasm } = own;
      const options = { wasm, threads, worker: undefined };
      const { open, allocate } = await leaseEngine('test', CRITERIA, options);
      const engine = open(() => ({ name: 'test', values: Infinity, tensors: [allocate(1)] }));
      return {
        name: `${build}, threads ${threads}`,
        threads,
        engine,
        allocate,
        effort: effortOn(own, threads),
      };
    }),
  ),
);

export type Engine = CriteriaEngine;

/** Predictions in the form that stages take, and in that of the reference. */
export function stagePredictions(
  feats: readonly Tensor[],
  options: ReferenceOptions,
  angles: Float32Array | null = null,
): { predictions: Predictions; head: Head } {
  const head = readHead(feats, resolveOptions(options));
  const { batch, numClasses, regMax, anchors, imageHeight, imageWidth } = head;
  const predictions: Predictions = {
    name: 'feats',
    outName: 'out',
    batch,
    numClasses,
    regMax,
    channels: 4 * regMax + numClasses,
    anchors,
    imageHeight,
    imageWidth,
    checkFinite: false,
    geometry: angles ? ROTATED : UPRIGHT,
    boxTensors: angles ? [angles] : [],
    others: [],
    levels: head.levels.map((level, l) => ({
      ...level,
      data: feats[l].data,
      shape: feats[l].shape,
      cells: level.height * level.width,
    })),
  };
  return { predictions, head };
}

/**
 * Targets in the form that stages take.
 *
 * @param numbers number of values of a box; the fifth is its angle
 */
export function stageTargets(
  { batchIdx, cls, bboxes, weights, ignore }: DetectionTargets,
  batch: number,
  numbers = 4,
): GroupedTargets {
  const all = Array.from(batchIdx, (_, n) => n);
  const images = Array.from({ length: batch }, (_, b) => all.filter((n) => batchIdx[n] === b));
  const order = images.flat();
  const boxOf = (n: number) => Array.from({ length: 4 }, (_, i) => bboxes[numbers * n + i]);
  return {
    offsets: Int32Array.from({ length: batch + 1 }, (_, b) => images.slice(0, b).flat().length),
    source: Int32Array.from(order),
    cls: Int32Array.from(order, (n) => cls[n]),
    boxes: Float64Array.from(order.flatMap(boxOf)),
    angles: Float64Array.from(numbers === 5 ? order : [], (n) => bboxes[5 * n + 4]),
    weights: weights ? Float64Array.from(order, (n) => weights[n]) : null,
    ignore: ignore ? Uint8Array.from(order, (n) => ignore[n]) : null,
    given: order.length,
  };
}

/** Positives in the form that stages take, from the reference's assignment. */
export function stagePositives(
  assignment: ReferenceAssignment,
  { offsets, weights }: GroupedTargets,
): Positives {
  const scores = Float32Array.from(assignment.score);
  const weightOf = (i: number) =>
    weights?.[offsets[assignment.image[i]] + assignment.target[i]] ?? 1;
  return {
    images: assignment.image,
    anchors: assignment.anchor,
    targets: assignment.target,
    classTargets: scores,
    weights: scores,
    anchorWeights: scores.map((_, i) => weightOf(i)),
    normalizer: assignment.scoresSum,
    unassigned: assignment.unassigned,
    ignored: [],
  };
}

/** A head for the stages of the WASM backend. */
export function stageHead(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  options: Partial<HeadInputs> = {},
): HeadContext {
  return openHead(engine, headInputs(predictions, targets, options));
}
