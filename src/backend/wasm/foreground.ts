import type { ClassLoss, GroupedTargets, Predictions } from '../backend.ts';
import type { Engine } from '../runtime/engine.ts';
import { evenCount, offsetOf, type Positives, runsByLevel } from './positives.ts';

/** A logit whose loss is 0 where its score is: pads positives to an even number. */
const NEUTRAL = -1e30;
const KINDS = ['bce', 'varifocal', 'focal'] as const;

/** Class loss of one image's positives, each for its own class. */
export interface Foreground {
  sum: number;
  /** [L] where their logits are in the level's data. */
  offsets: number[][];
  /** Address of f32 [P], the gradient there, level after level. */
  gradients: number;
}

export function classifyForeground(
  { kernels, arena }: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  { image, anchors, owners, scores: given }: Positives,
  { kind, alpha, gamma }: ClassLoss,
  scale: number,
): Foreground {
  const count = anchors.length;
  const offsets: number[][] = predictions.levels.map(() => []);
  if (count === 0) return { sum: 0, offsets, gradients: 0 };
  const logits = arena.take(evenCount(count) * 4);
  const scores = arena.take(evenCount(count) * 4);
  const { f32 } = arena;
  const first = logits >>> 2;
  f32.set(given, scores >>> 2);
  f32[first + count] = NEUTRAL;
  f32[(scores >>> 2) + count] = 0;
  for (const { level, index, start, end } of runsByLevel(predictions.levels, anchors)) {
    for (let i = start; i < end; i++) {
      const cls = targets.cls[targets.offsets[image] + owners[i]];
      const offset = offsetOf(level, image, 4 * predictions.regMax + cls, anchors[i]);
      f32[first + i] = level.data[offset];
      offsets[index].push(offset);
    }
  }
  const sum = kernels.foreground(logits, scores, count, KINDS.indexOf(kind), alpha, gamma, scale);
  return { sum, offsets, gradients: logits };
}

/** Writes the gradients to the class channels they belong to. */
export function writeForeground(
  { arena: { f32 } }: Engine,
  { offsets, gradients }: Foreground,
  grads: Float32Array[],
): void {
  let from = gradients >>> 2;
  offsets.forEach((own, l) => {
    for (const offset of own) grads[l][offset] = f32[from++];
  });
}
