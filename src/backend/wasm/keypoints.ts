import type { Stages } from '../../stages.ts';
import { gatherKeypointTargets } from '../assign/keypoint-targets.ts';
import type { Steps } from '../assign/pairs.ts';
import {
  evenCount,
  type ImagePositives,
  type Positives,
  positivesByImage,
} from '../assign/positives.ts';
import type { Kernels } from '../programs/criteria/kernels.ts';
import { JOIN, SlotLayout, type Task } from '../runtime/task.ts';
import type { KeypointInputs, KeypointSums } from '../task-inputs.ts';
import { type Columns, gatherColumns, scatterColumns } from './columns.ts';
import type { HeadContext } from './head.ts';
import { POSITIVES_A_TASK, runsOf } from './positives.ts';

/** Inputs that the images of a call share. */
interface Stage {
  head: HeadContext;
  inputs: KeypointInputs;
  predicted: Columns;
  /** Factors of the gradients. */
  scale: KeypointSums;
  grads: Columns | null;
}

/**
 * Keypoint losses of the positives, image by image.
 *
 * @param scale factors of the gradients: gain · B / (P · K)
 * @param grads [B, K·D, A]; every value is written
 * @returns Σ over positives and keypoints, before gains and the division by P · K
 * Source: Maji et al., arXiv:2204.06806
 */
export function* keypoints(
  head: HeadContext,
  positives: Positives,
  inputs: KeypointInputs,
  scale: KeypointSums,
  grads: Float32Array | null,
): Stages<KeypointSums> {
  const { engine, predictions } = head;
  const columnsOf = (data: Float32Array): Columns => {
    return { data, channels: inputs.count * inputs.numbers, anchors: predictions.anchors };
  };
  const predicted = columnsOf(inputs.predicted);
  const stage = { head, inputs, predicted, scale, grads: grads && columnsOf(grads.fill(0)) };
  const slotBytes = layoutOf(POSITIVES_A_TASK, inputs).end;
  const chains = positivesByImage(positives, predictions.batch).map((own) =>
    imageKeypoints(stage, own),
  );
  return addAll(yield* engine.run(slotBytes, chains));
}

function* imageKeypoints(stage: Stage, positives: ImagePositives): Steps<KeypointSums> {
  const sums: KeypointSums[] = [];
  for (const run of runsOf(positives)) {
    const sum = { pose: 0, kobj: 0 };
    sums.push(sum);
    yield keypointTask(stage, run, sum);
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
function layoutOf(positives: number, { count, numbers }: KeypointInputs) {
  const even = evenCount(positives);
  const layout = new SlotLayout();
  return {
    predicted: layout.take(count * numbers * even * 4),
    targets: layout.take(count * 3 * even * 8),
    areas: layout.take(even * 8),
    sigmas: layout.take(count * 8),
    weights: layout.take(even * 4),
    sums: layout.take(2 * 8),
    end: layout.end,
  };
}

function keypointTask(
  { head, inputs, predicted, scale, grads }: Stage,
  positives: ImagePositives,
  sum: KeypointSums,
): Task<Kernels> {
  const { arena } = head.engine;
  const count = positives.anchors.length;
  const at = layoutOf(count, inputs);
  return {
    kernel: 'keypoints',
    load(slot) {
      const to = { targets: slot + at.targets, areas: slot + at.areas };
      gatherColumns(arena.f32, predicted, positives, slot + at.predicted);
      gatherKeypointTargets(arena, head, inputs, positives, to);
      arena.f64.set(inputs.truth.sigmas, (slot + at.sigmas) >>> 3);
      const weights = (slot + at.weights) >>> 2;
      arena.f32[weights + evenCount(count) - 1] = 0;
      arena.f32.set(positives.anchorWeights, weights);
      return {
        ...to,
        predicted: slot + at.predicted,
        pitch: evenCount(count) * 4,
        keypoints: inputs.count,
        numbers: inputs.numbers,
        count,
        sigmas: slot + at.sigmas,
        weights: slot + at.weights,
        poseScale: scale.pose,
        kobjScale: scale.kobj,
        backward: grads !== null,
        sums: slot + at.sums,
      };
    },
    store(slot) {
      const sums = (slot + at.sums) >>> 3;
      sum.pose = arena.f64[sums];
      sum.kobj = arena.f64[sums + 1];
      if (grads) scatterColumns(arena.f32, grads, positives, slot + at.predicted);
    },
  };
}
