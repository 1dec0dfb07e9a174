import type { AssignOptions, GroupedTargets, Predictions } from '../backend.ts';
import type { Engine } from '../runtime/engine.ts';
import { layOut, type Task } from '../runtime/task.ts';
import {
  evenCount,
  gatherBoxLogits,
  type ImageTargets,
  offsetOf,
  POSITIVES_A_TASK,
  type Positives,
  runsByLevel,
  targetDistances,
} from './positives.ts';
import { gatherAngles, gatherInside, rotationOf } from './rotated.ts';

/** Bytes of a slot that `alignTask` needs. */
export function alignBytes({ regMax }: Predictions): number {
  return layoutOf(POSITIVES_A_TASK, regMax).end;
}

/** Offsets in a slot. */
function layoutOf(count: number, regMax: number) {
  const even = evenCount(count);
  const [logits, targets, strides, classLogits, overlaps, alignments, angles, scratch, end] =
    layOut(
      4 * regMax * even * 4,
      4 * even * 8,
      even * 8,
      even * 4,
      even * 8,
      even * 8,
      3 * even * 8,
      14 * 16,
    );
  return { logits, targets, strides, classLogits, overlaps, alignments, angles, scratch, end };
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
  positives: Positives,
  to: { overlaps: number; alignments: number },
): Task {
  const { arena } = engine;
  const { regMax } = predictions;
  const rotation = rotationOf(predictions, targets);
  const count = positives.anchors.length;
  const at = layoutOf(count, regMax);
  return {
    kernel: 'alignPositives',
    load(slot) {
      gatherBoxLogits(engine, predictions, positives, slot + at.logits);
      targetDistances(engine, predictions, own, positives, slot + at.targets);
      gatherOwn(engine, predictions, targets, positives, slot + at.classLogits, slot + at.strides);
      if (rotation) {
        gatherAngles(engine, predictions, targets, positives, rotation, slot + at.angles);
        gatherInside(engine, predictions, own, positives, slot + at.angles);
      }
      return [
        slot + at.logits,
        evenCount(count) * 4,
        regMax,
        count,
        slot + at.targets,
        slot + at.strides,
        slot + at.classLogits,
        alpha,
        beta,
        slot + at.overlaps,
        slot + at.alignments,
        slot + at.scratch,
        rotation ? slot + at.angles : 0,
      ];
    },
    store(slot) {
      const [overlaps, alignments] = [slot + at.overlaps, slot + at.alignments];
      arena.u8.copyWithin(to.overlaps, overlaps, overlaps + count * 8);
      arena.u8.copyWithin(to.alignments, alignments, alignments + count * 8);
    },
  };
}

/** Class logit and stride of each positive. */
function gatherOwn(
  { arena: { f32, f64 } }: Engine,
  { levels, regMax }: Predictions,
  targets: GroupedTargets,
  { image, anchors, owners }: Positives,
  classLogits: number,
  strides: number,
): void {
  const last = evenCount(anchors.length) - 1;
  f32[(classLogits >>> 2) + last] = 0;
  f64[(strides >>> 3) + last] = 0;
  for (const { level, start, end } of runsByLevel(levels, anchors)) {
    for (let i = start; i < end; i++) {
      const channel = 4 * regMax + targets.cls[targets.offsets[image] + owners[i]];
      f32[(classLogits >>> 2) + i] = level.data[offsetOf(level, image, channel, anchors[i])];
      f64[(strides >>> 3) + i] = level.stride;
    }
  }
}
