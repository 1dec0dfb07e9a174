import type { Steps } from '../assign/pairs.ts';
import { evenCount, type ImagePositives } from '../assign/positives.ts';
import type { BoxSums, HeadGrads } from '../backend.ts';
import type { BoxLoss, Predictions } from '../inputs.ts';
import {
  type Kernels,
  REGRESS_BIN_BYTES,
  REGRESS_SCRATCH_BYTES,
} from '../programs/criteria/kernels.ts';
import { JOIN, SlotLayout, type Task } from '../runtime/task.ts';
import type { HeadContext } from './head.ts';
import {
  gatherAngles,
  gatherBoxLogits,
  gridUnits,
  POSITIVES_A_TASK,
  runsOf,
  scatterAngles,
  scatterBoxGradients,
  targetDistances,
} from './positives.ts';

/** Bytes of a slot that `regressImage` needs. */
export function regressBytes({ regMax }: Predictions): number {
  return layoutOf(POSITIVES_A_TASK, regMax).end;
}

/** Kinds of the losses, factors of the gradients, and where these go. */
export interface RegressOptions {
  boxLoss: BoxLoss;
  scale: BoxSums;
  grads: HeadGrads<Float32Array> | null;
}

/** Box, distance and angle loss of one image; writes gradients at the positives' box channels, and of all the image's angles. */
export function* regressImage(
  head: HeadContext,
  positives: ImagePositives,
  options: RegressOptions,
): Steps<BoxSums> {
  const { anchors } = head.predictions;
  const { image } = positives;
  for (const grad of options.grads?.boxTensors ?? []) {
    grad.fill(0, image * anchors, (image + 1) * anchors);
  }
  const sums: BoxSums[] = [];
  for (const run of runsOf(positives)) {
    const sum = { box: 0, dfl: 0, angle: 0 };
    sums.push(sum);
    yield regressTask(head, run, options, sum);
  }
  yield JOIN;
  const total = { box: 0, dfl: 0, angle: 0 };
  for (const { box, dfl, angle } of sums) {
    total.box += box;
    total.dfl += dfl;
    total.angle += angle;
  }
  return total;
}

/** Offsets in a slot. */
function layoutOf(count: number, regMax: number) {
  const even = evenCount(count);
  const layout = new SlotLayout();
  return {
    logits: layout.take(4 * regMax * even * 4),
    targets: layout.take(4 * even * 8),
    units: layout.take(2 * even * 8),
    weights: layout.take(even * 4),
    sums: layout.take(3 * 8),
    angles: layout.take(2 * even * 8),
    scratch: layout.take(REGRESS_SCRATCH_BYTES + regMax * REGRESS_BIN_BYTES),
    end: layout.end,
  };
}

function regressTask(
  head: HeadContext,
  positives: ImagePositives,
  { boxLoss, scale, grads }: RegressOptions,
  sum: BoxSums,
): Task<Kernels> {
  const { engine, predictions } = head;
  const { arena } = engine;
  const { regMax } = predictions;
  const count = positives.anchors.length;
  const at = layoutOf(count, regMax);
  const hasL1 = regMax === 1 && boxLoss.distance === 'l1';
  return {
    kernel: 'regress',
    load(slot) {
      const weights = (slot + at.weights) >>> 2;
      gatherBoxLogits(arena, predictions, positives, slot + at.logits);
      targetDistances(head, positives, slot + at.targets);
      if (hasL1) gridUnits(head, positives, slot + at.units);
      gatherAngles(head, positives, slot + at.angles);
      arena.f32[weights + evenCount(count) - 1] = 0;
      arena.f32.set(positives.weights, weights);
      return {
        logits: slot + at.logits,
        pitch: evenCount(count) * 4,
        bins: regMax,
        count,
        targets: slot + at.targets,
        units: hasL1 ? slot + at.units : 0,
        weights: slot + at.weights,
        kind: boxLoss.iou,
        inOwnFrame: boxLoss.distances === 'rotated',
        floor: boxLoss.covarianceFloor,
        angles: slot + at.angles,
        boxScale: scale.box,
        dflScale: scale.dfl,
        angleScale: scale.angle,
        backward: grads !== null,
        sums: slot + at.sums,
        scratch: slot + at.scratch,
      };
    },
    store(slot) {
      const sums = (slot + at.sums) >>> 3;
      sum.box = arena.f64[sums];
      sum.dfl = arena.f64[sums + 1];
      sum.angle = arena.f64[sums + 2];
      if (!grads) return;
      scatterBoxGradients(arena, predictions, positives, slot + at.logits, grads.levels);
      scatterAngles(head, positives, slot + at.angles, grads.boxTensors);
    },
  };
}
