import type { IouKind } from '../../types.ts';
import type { BoxSums, GroupedTargets, Predictions } from '../backend.ts';
import type { Engine } from './engine.ts';
import {
  evenCount,
  forEachLevel,
  gatherBoxLogits,
  type ImageTargets,
  loadTargets,
  offsetOf,
  POSITIVES_A_TASK,
  type Positives,
  runsOf,
  targetDistances,
} from './positives.ts';
import { type Chain, JOIN, layOut, type Task } from './task.ts';

const KINDS: readonly IouKind[] = ['iou', 'giou', 'diou', 'ciou'];

/** Bytes of a slot that `regressImage` needs. */
export function regressBytes({ regMax }: Predictions): number {
  return slotOf(0, POSITIVES_A_TASK, regMax).end;
}

/** Box and DFL loss of one image; writes gradients at the positives' box channels. */
export function* regressImage(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  positives: Positives,
  kind: IouKind,
  scale: BoxSums,
  grads: Float32Array[] | null,
): Chain<BoxSums> {
  const total = { box: 0, dfl: 0 };
  if (positives.anchors.length === 0) return total;
  const boxes = loadTargets(engine, predictions, targets, positives.image);
  const sums: BoxSums[] = [];
  for (const run of runsOf(positives)) {
    const sum = { box: 0, dfl: 0 };
    sums.push(sum);
    yield regressTask(engine, predictions, boxes, run, kind, scale, grads, sum);
  }
  yield JOIN;
  for (const { box, dfl } of sums) {
    total.box += box;
    total.dfl += dfl;
  }
  return total;
}

function slotOf(slot: number, count: number, regMax: number) {
  const even = evenCount(count);
  const [logits, targets, scores, sums, scratch, end] = layOut(
    slot,
    4 * regMax * even * 4,
    4 * even * 8,
    even * 4,
    16,
    (4 * regMax + 9) * 16,
  );
  return { logits, targets, scores, sums, scratch, end };
}

function regressTask(
  engine: Engine,
  predictions: Predictions,
  boxes: ImageTargets,
  { image, anchors, owners, scores }: Positives,
  kind: IouKind,
  scale: BoxSums,
  grads: Float32Array[] | null,
  sum: BoxSums,
): Task {
  const { arena } = engine;
  const { regMax } = predictions;
  const count = anchors.length;
  return {
    kernel: 'regress',
    load(slot) {
      const at = slotOf(slot, count, regMax);
      gatherBoxLogits(engine, predictions, image, anchors, at.logits);
      targetDistances(engine, predictions, boxes, anchors, owners, at.targets);
      arena.f32[(at.scores >> 2) + evenCount(count) - 1] = 0;
      arena.f32.set(scores, at.scores >> 2);
      return [
        at.logits,
        evenCount(count) * 4,
        regMax,
        count,
        at.targets,
        at.scores,
        KINDS.indexOf(kind),
        scale.box,
        scale.dfl,
        grads === null ? 0 : 1,
        at.sums,
        at.scratch,
      ];
    },
    store(slot) {
      const { logits, sums } = slotOf(slot, count, regMax);
      sum.box = arena.f64[sums >> 3];
      sum.dfl = arena.f64[(sums >> 3) + 1];
      if (grads) scatter(engine, predictions, image, anchors, logits, grads);
    },
  };
}

/** Writes gradients, laid out as `gatherBoxLogits` lays out logits, to the box channels. */
function scatter(
  { arena: { f32 } }: Engine,
  predictions: Predictions,
  image: number,
  anchors: Int32Array,
  gradients: number,
  grads: Float32Array[],
): void {
  const columns = evenCount(anchors.length);
  const last = (gradients >> 2) + 4 * predictions.regMax * columns;
  forEachLevel(predictions, anchors, (level, start, end, l) => {
    const { channelStride } = level;
    const grad = grads[l];
    for (let i = start; i < end; i++) {
      let to = offsetOf(level, image, 0, anchors[i]);
      for (let from = (gradients >> 2) + i; from < last; from += columns) {
        grad[to] = f32[from];
        to += channelStride;
      }
    }
  });
}
