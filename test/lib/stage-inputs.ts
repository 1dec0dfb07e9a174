import type { GroupedTargets, Predictions } from '../../src/backend/backend.ts';
import { CRITERIA } from '../../src/backend/programs/criteria/program.ts';
import type { Engine } from '../../src/backend/runtime/engine.ts';
import { leaseEngine } from '../../src/backend/runtime/lease.ts';
import type { ReferenceAssignment } from '../../src/reference/assign.ts';
import { type Head, readHead } from '../../src/reference/levels.ts';
import { type ReferenceOptions, resolveOptions } from '../../src/reference/options.ts';
import type { Assignment, DetectionTargets, Tensor } from '../../src/types.ts';
import { builds, effortOn } from './builds.ts';

/** What the stages of the WASM backend run on: every build, on one thread and on two. */
export const engines = await Promise.all(
  builds.flatMap((own) =>
    [1, 2].map(async (threads) => {
      const { build, wasm } = own;
      const options = { wasm, threads, worker: undefined };
      const { engine, allocate } = await leaseEngine('test', CRITERIA, options);
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

export type { Engine };

/** Predictions as a stage takes them, and as the reference does. */
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
    angles,
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
 * Targets as a stage takes them.
 *
 * @param numbers of a box; a fifth is its angle
 */
export function stageTargets(
  { batchIdx, cls, bboxes }: DetectionTargets,
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
    angles: numbers === 5 ? Float64Array.from(order, (n) => bboxes[5 * n + 4]) : null,
    given: order.length,
  };
}

/** The reference's assignment as a stage takes it. */
export function stageAssignment(assignment: ReferenceAssignment): Assignment {
  return { ...assignment, score: Float32Array.from(assignment.score) };
}
