import type { Stages } from '../../stages.ts';
import { gatherKeypointTargets } from '../assign/keypoint-targets.ts';
import type { Steps } from '../assign/pairs.ts';
import {
  evenCount,
  type ImagePositives,
  type Positives,
  positivesByImage,
} from '../assign/positives.ts';
import { likelihood } from '../likelihood.ts';
import type { Kernels } from '../programs/criteria/kernels.ts';
import { JOIN, SlotLayout, type Task } from '../runtime/task.ts';
import type { KeypointGrads, KeypointInputs, KeypointSums, Likelihood } from '../task-inputs.ts';
import { addValues, type Columns, gatherColumns, scatterColumns, valuesOf } from './columns.ts';
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
 * @param grads every value is written
 * @param likely likelihood whose gradients are added
 * @returns Σ over positives and keypoints, before gains and the division by P · K
 * Source: Maji et al., arXiv:2204.06806
 */
export function* keypoints(
  head: HeadContext,
  positives: Positives,
  inputs: KeypointInputs,
  scale: KeypointSums,
  grads: KeypointGrads | null,
  likely: Likelihood | null,
): Stages<KeypointSums> {
  const { engine, predictions } = head;
  const predicted = columnsOf(head, inputs.predicted, inputs.count * inputs.numbers);
  for (const grad of grads ? [grads.keypoints, grads.sigmas, ...grads.flow] : []) grad?.fill(0);
  const own = grads && { ...predicted, data: grads.keypoints };
  const stage = { head, inputs, predicted, scale, grads: own };
  const slotBytes = layoutOf(POSITIVES_A_TASK, inputs).end;
  const chains = positivesByImage(positives, predictions.batch).map((own) =>
    imageKeypoints(stage, own),
  );
  const sums = addAll(yield* engine.run(slotBytes, chains));
  if (grads && likely?.grads) addLikelihood(head, positives, inputs, likely.grads, grads);
  return sums;
}

function columnsOf(head: HeadContext, data: Float32Array, channels: number): Columns {
  return { data, channels, anchors: head.predictions.anchors };
}

/** Likelihood of the positives' keypoints. */
export function* keypointLikelihood(
  head: HeadContext,
  positives: Positives,
  inputs: KeypointInputs,
  scale: number | null,
): Stages<Likelihood | null> {
  const given = inputs.likelihood;
  if (!given) return null;
  const { count, numbers } = inputs;
  const values = {
    keypoints: valuesOf(columnsOf(head, inputs.predicted, count * numbers), positives),
    sigmas: valuesOf(columnsOf(head, given.sigmas, count * 2), positives),
    flow: joined(given.flow),
  };
  return yield* likelihood(head.engine, head, positives, inputs, given, values, scale);
}

/** Adds the gradients of the likelihood. */
function addLikelihood(
  head: HeadContext,
  positives: Positives,
  { count, numbers }: KeypointInputs,
  own: NonNullable<Likelihood['grads']>,
  grads: KeypointGrads,
): void {
  addValues(columnsOf(head, grads.keypoints, count * numbers), positives, own.keypoints);
  if (grads.sigmas) addValues(columnsOf(head, grads.sigmas, count * 2), positives, own.sigmas);
  let end = 0;
  for (const tensor of grads.flow) {
    tensor.set(own.flow.subarray(end, end + tensor.length));
    end += tensor.length;
  }
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
        factor: inputs.decode.factor,
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

/** Tensors in one array, one behind the other. */
function joined(tensors: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(tensors.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const tensor of tensors) {
    all.set(tensor, end);
    end += tensor.length;
  }
  return all;
}
