import type { AssignOptions, GroupedTargets, Predictions } from '../backend.ts';
import type { Engine } from './engine.ts';
import {
  evenCount,
  forEachLevel,
  gatherBoxLogits,
  type ImageTargets,
  offsetOf,
  POSITIVES_A_TASK,
  type Positives,
  targetDistances,
} from './positives.ts';
import { layOut, type Task } from './task.ts';

/** Bytes of a slot that `alignTask` needs. */
export function alignBytes({ regMax }: Predictions): number {
  return slotOf(0, POSITIVES_A_TASK, regMax).end;
}

function slotOf(slot: number, count: number, regMax: number) {
  const even = evenCount(count);
  const [logits, targets, strides, classLogits, overlaps, alignments, scratch, end] = layOut(
    slot,
    4 * regMax * even * 4,
    4 * even * 8,
    even * 8,
    even * 4,
    even * 8,
    even * 8,
    (regMax + 9) * 16,
  );
  return { logits, targets, strides, classLogits, overlaps, alignments, scratch, end };
}

/**
 * Overlap and alignment of some positives of an image, in float64.
 *
 * @param to addresses of f64 [P]
 */
export function alignTask(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  { alpha, beta }: AssignOptions,
  own: ImageTargets,
  { image, anchors, owners }: Positives,
  to: { overlaps: number; alignments: number },
): Task {
  const { arena } = engine;
  const { regMax } = predictions;
  const count = anchors.length;
  return {
    kernel: 'alignPositives',
    load(slot) {
      const at = slotOf(slot, count, regMax);
      gatherBoxLogits(engine, predictions, image, anchors, at.logits);
      targetDistances(engine, predictions, own, anchors, owners, at.targets);
      gatherOwn(engine, predictions, targets, image, anchors, owners, at);
      return [
        at.logits,
        evenCount(count) * 4,
        regMax,
        count,
        at.targets,
        at.strides,
        at.classLogits,
        alpha,
        beta,
        at.overlaps,
        at.alignments,
        at.scratch,
      ];
    },
    store(slot) {
      const at = slotOf(slot, count, regMax);
      arena.u8.copyWithin(to.overlaps, at.overlaps, at.overlaps + count * 8);
      arena.u8.copyWithin(to.alignments, at.alignments, at.alignments + count * 8);
    },
  };
}

/** Class logit and stride of each positive. */
function gatherOwn(
  { arena: { f32, f64 } }: Engine,
  { levels, regMax }: Predictions,
  targets: GroupedTargets,
  image: number,
  anchors: Int32Array,
  owners: Int32Array,
  at: { classLogits: number; strides: number },
): void {
  const count = anchors.length;
  f32[(at.classLogits >> 2) + evenCount(count) - 1] = 0;
  f64[(at.strides >> 3) + evenCount(count) - 1] = 0;
  forEachLevel({ levels }, anchors, (level, start, end) => {
    for (let i = start; i < end; i++) {
      const channel = 4 * regMax + targets.cls[targets.offsets[image] + owners[i]];
      f32[(at.classLogits >> 2) + i] = level.data[offsetOf(level, image, channel, anchors[i])];
      f64[(at.strides >> 3) + i] = level.stride;
    }
  });
}
