import type { Assignment, IouKind } from '../../types.ts';
import type { BoxSums, GroupedTargets, Predictions } from '../backend.ts';
import {
  type Engine,
  evenCount,
  forEachLevel,
  loadPositives,
  loadTargets,
  offsetOf,
  positivesByImage,
} from './engine.ts';

const KINDS: readonly IouKind[] = ['iou', 'giou', 'diou', 'ciou'];

/** Box and DFL loss of a batch; writes gradients at the positives' box channels. */
export function regress(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  assignment: Assignment,
  kind: IouKind,
  scale: BoxSums,
  grads: Float32Array[] | null,
): BoxSums {
  const { kernels, arena } = engine;
  const { batch, regMax } = predictions;
  const starts = positivesByImage(assignment, batch);
  const sums: BoxSums = { box: 0, dfl: 0 };
  for (let b = 0; b < batch; b++) {
    const anchors = assignment.anchor.subarray(starts[b], starts[b + 1]);
    const owners = assignment.target.subarray(starts[b], starts[b + 1]);
    const count = anchors.length;
    if (count === 0) continue;
    arena.reset();
    const own = loadTargets(engine, predictions, targets, b);
    const block = loadPositives(engine, predictions, b, own, anchors, owners);
    const scores = arena.takeZeroed(evenCount(count) * 4);
    const pair = arena.take(16);
    const scratch = arena.take((4 * regMax + 9) * 16);
    arena.f32.set(assignment.score.subarray(starts[b], starts[b + 1]), scores >> 2);
    kernels.regress(
      block.logits,
      block.pitch,
      regMax,
      count,
      block.targets,
      scores,
      KINDS.indexOf(kind),
      scale.box,
      scale.dfl,
      grads !== null,
      pair,
      scratch,
    );
    sums.box += arena.f64[pair >> 3];
    sums.dfl += arena.f64[(pair >> 3) + 1];
    if (grads) scatter(engine, predictions, b, anchors, block, grads);
  }
  return sums;
}

/** Writes a block of gradients to the box channels it was gathered from. */
function scatter(
  { arena: { f32 } }: Engine,
  predictions: Predictions,
  image: number,
  anchors: Int32Array,
  { logits, pitch }: { logits: number; pitch: number },
  grads: Float32Array[],
): void {
  const columns = pitch >> 2;
  const last = (logits >> 2) + 4 * predictions.regMax * columns;
  forEachLevel(predictions, anchors, (level, start, end, l) => {
    const { channelStride } = level;
    const grad = grads[l];
    for (let i = start; i < end; i++) {
      let to = offsetOf(level, image, 0, anchors[i]);
      for (let from = (logits >> 2) + i; from < last; from += columns) {
        grad[to] = f32[from];
        to += channelStride;
      }
    }
  });
}
