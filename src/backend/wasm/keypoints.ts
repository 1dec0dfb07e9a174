import type { Stages } from '../../stages.ts';
import type { Assignment } from '../../types.ts';
import type { GroupedTargets, Predictions } from '../backend.ts';
import type { Arena } from '../runtime/arena.ts';
import type { Engine } from '../runtime/engine.ts';
import { type Chain, JOIN, layOut, type Task } from '../runtime/task.ts';
import type { KeypointPredictions, KeypointSums, KeypointTargets } from '../task-inputs.ts';
import { type Columns, columnsOf, gatherColumns, scatterColumns } from './columns.ts';
import {
  evenCount,
  POSITIVES_A_TASK,
  type Positives,
  positivesByImage,
  runsByLevel,
  runsOf,
  valuesOf,
} from './positives.ts';

/** What keypoints should be, and how they are laid out. */
interface Goals {
  predictions: Predictions;
  targets: GroupedTargets;
  shape: KeypointShape;
  truth: KeypointTargets;
}

/** What all images of a call share. */
interface Stage extends Goals {
  predicted: Columns;
  /** Of the gradients. */
  scale: KeypointSums;
  grads: Columns | null;
}

type KeypointShape = Pick<KeypointPredictions, 'count' | 'numbers'>;

/**
 * Keypoint losses of the positives, image by image.
 *
 * @param scale of the gradients: gain · B / (P · K)
 * @param grads [B, K·D, A]; every value is written
 * @returns Σ over positives and keypoints, before gains and the division by P · K
 * Source: Maji et al., arXiv:2204.06806
 */
export function* keypoints(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  assignment: Assignment,
  { keypoints: data, ...shape }: KeypointPredictions,
  truth: KeypointTargets,
  scale: KeypointSums,
  grads: Float32Array | null,
): Stages<KeypointSums> {
  const columnsIn = (tensor: Float32Array) =>
    columnsOf(tensor, shape.count * shape.numbers, predictions.anchors);
  grads?.fill(0);
  const [predicted, to] = [columnsIn(data), grads && columnsIn(grads)];
  const stage: Stage = { predictions, targets, shape, predicted, truth, scale, grads: to };
  const slotBytes = layoutOf(POSITIVES_A_TASK, shape).end;
  const chains = positivesByImage(assignment, predictions.batch).map((positives) =>
    imageKeypoints(engine, stage, positives),
  );
  return addAll(yield* engine.run(valuesOf(predictions), slotBytes, chains));
}

function* imageKeypoints(engine: Engine, stage: Stage, positives: Positives): Chain<KeypointSums> {
  const sums: KeypointSums[] = [];
  for (const run of runsOf(positives)) {
    const sum = { pose: 0, kobj: 0 };
    sums.push(sum);
    yield keypointTask(engine, stage, run, sum);
  }
  yield JOIN;
  return addAll(sums);
}

function addAll(sums: readonly KeypointSums[]): KeypointSums {
  const total = { pose: 0, kobj: 0 };
  for (const { pose, kobj } of sums) {
    total.pose += pose;
    total.kobj += kobj;
  }
  return total;
}

/** Offsets in a slot. */
function layoutOf(positives: number, { count, numbers }: KeypointShape) {
  const even = evenCount(positives);
  const [predicted, truth, areas, sigmas, sums, end] = layOut(
    count * numbers * even * 4,
    count * 3 * even * 8,
    even * 8,
    count * 8,
    16,
  );
  return { predicted, truth, areas, sigmas, sums, end };
}

function keypointTask(
  { arena }: Engine,
  stage: Stage,
  positives: Positives,
  sum: KeypointSums,
): Task {
  const { shape, predicted, truth, scale, grads } = stage;
  const count = positives.anchors.length;
  const at = layoutOf(count, shape);
  return {
    kernel: 'keypoints',
    load(slot) {
      gatherColumns(arena.f32, predicted, positives, slot + at.predicted);
      gatherTruth(arena, stage, positives, slot + at.truth, slot + at.areas);
      arena.f64.set(truth.sigmas, (slot + at.sigmas) >>> 3);
      return [
        slot + at.predicted,
        evenCount(count) * 4,
        shape.count,
        shape.numbers,
        count,
        slot + at.truth,
        slot + at.areas,
        slot + at.sigmas,
        scale.pose,
        scale.kobj,
        grads ? 1 : 0,
        slot + at.sums,
      ];
    },
    store(slot) {
      const sums = (slot + at.sums) >>> 3;
      sum.pose = arena.f64[sums];
      sum.kobj = arena.f64[sums + 1];
      if (grads) scatterColumns(arena.f32, grads, positives, slot + at.predicted);
    },
  };
}

/**
 * What twice the positives' channels would have to be, f64 [K·3, even P]: x, y, and 1 where the keypoint is
 * visible; and areas of the targets' boxes. Grid units, padded with zeros.
 */
export function gatherTruth(
  { f64 }: Arena,
  { predictions, targets, shape: { count, numbers }, truth }: Goals,
  { image, anchors, owners }: Positives,
  to: number,
  areas: number,
): void {
  const { levels, imageWidth, imageHeight } = predictions;
  const { keypoints } = truth;
  const columns = evenCount(anchors.length);
  for (let row = 1; row <= 3 * count; row++) f64[(to >>> 3) + row * columns - 1] = 0;
  f64[(areas >>> 3) + columns - 1] = 0;
  for (const { level, start, end } of runsByLevel(levels, anchors)) {
    const { firstAnchor, width, stride } = level;
    for (let i = start; i < end; i++) {
      const cell = anchors[i] - firstAnchor;
      // A channel decodes to 2·value + cell centre − ½.
      const x = cell % width;
      const y = Math.floor(cell / width);
      const row = targets.offsets[image] + owners[i];
      const size = targets.boxes[4 * row + 2] * imageWidth * targets.boxes[4 * row + 3];
      f64[(areas >>> 3) + i] = (size * imageHeight) / stride ** 2;
      let from = targets.source[row] * count * numbers;
      let own = (to >>> 3) + i;
      for (let k = 0; k < count; k++, from += numbers, own += 3 * columns) {
        f64[own] = (keypoints[from] * imageWidth) / stride - x;
        f64[own + columns] = (keypoints[from + 1] * imageHeight) / stride - y;
        f64[own + 2 * columns] = numbers === 2 || keypoints[from + 2] !== 0 ? 1 : 0;
      }
    }
  }
}
