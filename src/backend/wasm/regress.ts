import type { IouKind } from '../../types.ts';
import type { BoxSums, GroupedTargets, Predictions } from '../backend.ts';
import type { Engine } from '../runtime/engine.ts';
import { type Chain, JOIN, layOut, type Task } from '../runtime/task.ts';
import {
  evenCount,
  gatherBoxLogits,
  type ImageTargets,
  loadTargets,
  POSITIVES_A_TASK,
  type Positives,
  runsOf,
  scatterBoxGradients,
  targetDistances,
} from './positives.ts';
import { gatherAngles, rotationOf, scatterAngles } from './rotated.ts';

const KINDS: readonly IouKind[] = ['iou', 'giou', 'diou', 'ciou'];

/** Bytes of a slot that `regressImage` needs. */
export function regressBytes({ regMax }: Predictions): number {
  return layoutOf(POSITIVES_A_TASK, regMax).end;
}

/**
 * Box and DFL loss of one image; writes gradients at the positives' box channels, and of all the image's angles.
 *
 * @param kind of upright boxes; the similarity of rotated ones is ProbIoU
 */
export function* regressImage(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  positives: Positives,
  kind: IouKind,
  scale: BoxSums,
  grads: Float32Array[] | null,
  angleGrads: Float32Array | null,
): Chain<BoxSums> {
  const total = { box: 0, dfl: 0 };
  const { image } = positives;
  angleGrads?.fill(0, image * predictions.anchors, (image + 1) * predictions.anchors);
  if (positives.anchors.length === 0) return total;
  const boxes = loadTargets(engine, predictions, targets, image);
  const sums: BoxSums[] = [];
  for (const run of runsOf(positives)) {
    const sum = { box: 0, dfl: 0 };
    sums.push(sum);
    yield regressTask(
      engine,
      predictions,
      targets,
      boxes,
      run,
      kind,
      scale,
      grads,
      angleGrads,
      sum,
    );
  }
  yield JOIN;
  for (const { box, dfl } of sums) {
    total.box += box;
    total.dfl += dfl;
  }
  return total;
}

/** Offsets in a slot. */
function layoutOf(count: number, regMax: number) {
  const even = evenCount(count);
  const [logits, targets, scores, sums, angles, scratch, end] = layOut(
    4 * regMax * even * 4,
    4 * even * 8,
    even * 4,
    16,
    2 * even * 8,
    (4 * regMax + 22) * 16,
  );
  return { logits, targets, scores, sums, angles, scratch, end };
}

function regressTask(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  boxes: ImageTargets,
  positives: Positives,
  kind: IouKind,
  scale: BoxSums,
  grads: Float32Array[] | null,
  angleGrads: Float32Array | null,
  sum: BoxSums,
): Task {
  const { arena } = engine;
  const { regMax } = predictions;
  const rotation = rotationOf(predictions, targets);
  const count = positives.anchors.length;
  const at = layoutOf(count, regMax);
  return {
    kernel: 'regress',
    load(slot) {
      const scores = (slot + at.scores) >>> 2;
      gatherBoxLogits(engine, predictions, positives, slot + at.logits);
      targetDistances(engine, predictions, boxes, positives, slot + at.targets);
      arena.f32[scores + evenCount(count) - 1] = 0;
      arena.f32.set(positives.scores, scores);
      if (rotation) {
        gatherAngles(engine, predictions, targets, positives, rotation, slot + at.angles);
      }
      return [
        slot + at.logits,
        evenCount(count) * 4,
        regMax,
        count,
        slot + at.targets,
        slot + at.scores,
        KINDS.indexOf(kind),
        scale.box,
        scale.dfl,
        grads === null ? 0 : 1,
        slot + at.sums,
        slot + at.scratch,
        rotation ? slot + at.angles : 0,
      ];
    },
    store(slot) {
      const sums = (slot + at.sums) >>> 3;
      sum.box = arena.f64[sums];
      sum.dfl = arena.f64[sums + 1];
      if (grads) scatterBoxGradients(engine, predictions, positives, slot + at.logits, grads);
      if (angleGrads) {
        scatterAngles(engine, predictions, positives, slot + at.angles, angleGrads);
      }
    },
  };
}
