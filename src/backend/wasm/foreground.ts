import { type ImagePositives, runsByLevel } from '../assign/positives.ts';
import type { ClassLoss } from '../inputs.ts';
import type { CriteriaEngine } from '../programs/criteria/program.ts';
import type { HeadContext } from './head.ts';
import { offsetOf } from './positives.ts';

/** Class loss of one image's positives, each for the class of its target. */
export interface Foreground {
  sum: number;
  /** [L], indices of their logits in the level's data. */
  offsets: number[][];
  /** Address of f32 [P], gradients by these logits, level after level. */
  gradients: number;
}

export function classifyForeground(
  { engine, predictions, targets }: HeadContext,
  positives: ImagePositives,
  loss: ClassLoss,
  scale: number,
): Foreground {
  const { levels, regMax } = predictions;
  const { image, anchors } = positives;
  const { arena } = engine;
  const count = anchors.length;
  const offsets: number[][] = levels.map(() => []);
  const logits = arena.take(count * 4);
  const classTargets = arena.take(count * 4);
  const { f32 } = arena;
  f32.set(positives.classTargets, classTargets >>> 2);
  for (const { level, index, start, end } of runsByLevel(levels, anchors)) {
    for (let i = start; i < end; i++) {
      const cls = targets.cls[targets.offsets[image] + positives.targets[i]];
      const offset = offsetOf(level, image, 4 * regMax + cls, anchors[i]);
      f32[(logits >>> 2) + i] = level.data[offset];
      offsets[index].push(offset);
    }
  }
  const { kind, alpha, gamma } = loss;
  const parameters = { logits, targets: classTargets, count, kind, alpha, gamma, scale };
  const sum = engine.call('foreground', parameters);
  return { sum, offsets, gradients: logits };
}

/** Writes the gradients to their class channels. */
export function writeForeground(
  { arena: { f32 } }: CriteriaEngine,
  { offsets, gradients }: Foreground,
  grads: readonly Float32Array[],
): void {
  let from = gradients >>> 2;
  offsets.forEach((own, l) => {
    for (const offset of own) grads[l][offset] = f32[from++];
  });
}
