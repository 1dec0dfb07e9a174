import type { Candidates } from '../assign/candidates.ts';
import type { MeasuredPairs, Steps } from '../assign/pairs.ts';
import { type AnchorTargets, evenCount, runsByLevel } from '../assign/positives.ts';
import type { Predictions } from '../inputs.ts';
import { MEASURE_SCRATCH_BYTES } from '../programs/criteria/kernels.ts';
import { SlotLayout } from '../runtime/task.ts';
import type { HeadContext } from './head.ts';
import {
  gatherAngles,
  gatherBoxLogits,
  offsetOf,
  POSITIVES_A_TASK,
  targetDistances,
} from './positives.ts';

/** Bytes of a slot that `measureTasks` needs. */
export function measureBytes({ regMax }: Predictions): number {
  return layoutOf(POSITIVES_A_TASK, regMax).end;
}

/** Offsets in a slot. */
function layoutOf(count: number, regMax: number) {
  const even = evenCount(count);
  const layout = new SlotLayout();
  return {
    logits: layout.take(4 * regMax * even * 4),
    targets: layout.take(4 * even * 8),
    strides: layout.take(even * 8),
    inside: layout.take(even * 8),
    overlaps: layout.take(even * 8),
    angles: layout.take(2 * even * 8),
    scratch: layout.take(MEASURE_SCRATCH_BYTES),
    end: layout.end,
  };
}

/**
 * Tasks that measure the overlaps of anchors with their targets in float64; the logits of the targets' classes are
 * gathered at once.
 *
 * @param to see `MeasuredPairs`
 */
export function* measureTasks(
  head: HeadContext,
  candidates: Candidates,
  all: AnchorTargets,
  to: MeasuredPairs,
): Steps<void> {
  gatherClassLogits(head, all, to.logits);
  const { f64 } = head.engine.arena;
  const count = all.anchors.length;
  f64[(to.overlaps >>> 3) + evenCount(count) - 1] = 0;
  if (count <= POSITIVES_A_TASK) {
    if (count > 0) yield measureTask(head, candidates, all, to.overlaps);
    return;
  }
  for (let start = 0; start < count; start += POSITIVES_A_TASK) {
    const own = {
      image: all.image,
      anchors: all.anchors.subarray(start, start + POSITIVES_A_TASK),
      targets: all.targets.subarray(start, start + POSITIVES_A_TASK),
    };
    yield measureTask(head, candidates, own, to.overlaps + start * 8);
  }
}

function measureTask(
  head: HeadContext,
  candidates: Candidates,
  own: AnchorTargets,
  overlaps: number,
) {
  const { engine, predictions, assigner } = head;
  const { arena } = engine;
  const { regMax } = predictions;
  const count = own.anchors.length;
  const at = layoutOf(count, regMax);
  return {
    kernel: 'measurePositives' as const,
    load(slot: number) {
      gatherBoxLogits(arena, predictions, own, slot + at.logits);
      targetDistances(head, own, slot + at.targets);
      gatherAngles(head, own, slot + at.angles);
      loadPlaces(head, candidates, own, { strides: slot + at.strides, inside: slot + at.inside });
      return {
        logits: slot + at.logits,
        pitch: evenCount(count) * 4,
        bins: regMax,
        count,
        targets: slot + at.targets,
        strides: slot + at.strides,
        inside: slot + at.inside,
        kind: assigner.needs.overlap,
        angles: slot + at.angles,
        overlaps: slot + at.overlaps,
        scratch: slot + at.scratch,
      };
    },
    store(slot: number) {
      const from = slot + at.overlaps;
      arena.u8.copyWithin(overlaps, from, from + count * 8);
    },
  };
}

/** Writes the logit of its target's class for each anchor, padded with 0. */
function gatherClassLogits(
  { engine, predictions, targets: truth }: HeadContext,
  { image, anchors, targets }: AnchorTargets,
  to: number,
): void {
  const { f32 } = engine.arena;
  const { levels, regMax } = predictions;
  f32[(to >>> 2) + evenCount(anchors.length) - 1] = 0;
  for (const { level, start, end } of runsByLevel(levels, anchors)) {
    for (let i = start; i < end; i++) {
      const channel = 4 * regMax + truth.cls[truth.offsets[image] + targets[i]];
      f32[(to >>> 2) + i] = level.data[offsetOf(level, image, channel, anchors[i])];
    }
  }
}

/** Writes the strides of anchors' levels, and 1 where an anchor is a candidate of its target, else 0. */
function loadPlaces(
  { engine, predictions }: HeadContext,
  candidates: Candidates,
  { anchors, targets }: AnchorTargets,
  to: { strides: number; inside: number },
): void {
  const { f64 } = engine.arena;
  const [strides, inside] = [to.strides >>> 3, to.inside >>> 3];
  const last = evenCount(anchors.length) - 1;
  f64[strides + last] = 0;
  f64[inside + last] = 0;
  for (const { level, start, end } of runsByLevel(predictions.levels, anchors)) {
    for (let i = start; i < end; i++) {
      f64[strides + i] = level.stride;
      f64[inside + i] = candidates.indexOf(targets[i], anchors[i]) >= 0 ? 1 : 0;
    }
  }
}
