import { type ImagePositives, runsByLevel } from '../assign/positives.ts';
import { backgroundWeight, type ClassLoss } from '../inputs.ts';
import type { CriteriaEngine } from '../programs/criteria/program.ts';
import type { ClassifyOptions } from './classify.ts';
import type { HeadContext } from './head.ts';
import { offsetOf } from './positives.ts';

type Options = Omit<ClassifyOptions, 'grads'>;

/** Logits of one image that the background leaves out, and their class loss. */
export interface Foreground {
  sum: number;
  /** [L] ascending indices, in the level's data, of all of them. */
  neutrals: Float64Array[];
  parts: Part[];
}

/** Some of these logits. */
interface Part {
  sum: number;
  /** [L] their indices in the level's data. */
  offsets: number[][];
  /** Address of f32 gradients by them, level after level; 0: all are 0. */
  gradients: number;
}

/**
 * Class loss of one image's positives, each for the class of its target. If the weight of a positive's anchor is not 1, the
 * loss of its other classes is here, too. Ignored anchors, and those of weight 0, have none.
 */
export function classifyForeground(
  head: HeadContext,
  positives: ImagePositives,
  options: Options,
): Foreground {
  const parts = [ownClasses(head, positives, options)];
  if (positives.ignored.length > 0 || weightedCount(positives) > 0) {
    parts.push(...otherClasses(head, positives, options));
  }
  return {
    sum: parts.reduce((sum, part) => sum + part.sum, 0),
    neutrals: head.predictions.levels.map((_, l) => {
      const all =
        parts.length > 1 ? parts.flatMap(({ offsets }) => offsets[l]) : parts[0].offsets[l];
      return Float64Array.from(all).sort();
    }),
    parts,
  };
}

/** Largest number of logits of an image that the background leaves out. */
export function neutralCount(positives: ImagePositives, numClasses: number): number {
  const { anchors, ignored } = positives;
  return anchors.length + numClasses * (weightedCount(positives) + ignored.length);
}

/** Number of positives whose anchors have another weight than 1. */
function weightedCount({ anchorWeights }: ImagePositives): number {
  let count = 0;
  for (let i = 0; i < anchorWeights.length; i++) if (anchorWeights[i] !== 1) count++;
  return count;
}

/** Logits of the positives for the classes of their targets. */
function ownClasses(
  head: HeadContext,
  { image, anchors, targets, classTargets, anchorWeights }: ImagePositives,
  { classification, classWeights, scale }: Options,
): Part {
  const { engine, predictions, targets: truth } = head;
  const { levels, regMax } = predictions;
  const offsets: number[][] = levels.map(() => []);
  const memory = takeLogits(engine, anchors.length);
  const { f32 } = engine.arena;
  const [logits, factors] = [memory.logits >>> 2, memory.weights >>> 2];
  f32.set(classTargets, memory.targets >>> 2);
  for (const { level, index, start, end } of runsByLevel(levels, anchors)) {
    for (let i = start; i < end; i++) {
      const cls = truth.cls[truth.offsets[image] + targets[i]];
      const offset = offsetOf(level, image, 4 * regMax + cls, anchors[i]);
      f32[logits + i] = level.data[offset];
      f32[factors + i] = classWeights ? anchorWeights[i] * classWeights[cls] : anchorWeights[i];
      offsets[index].push(offset);
    }
  }
  const sum = engine.call('foreground', parametersOf(memory, classification, scale.cls));
  return { sum, offsets, gradients: memory.logits };
}

/** Logits of anchors whose weight is not 1, for all other classes: those with a loss, and those without. */
function otherClasses(
  head: HeadContext,
  { image, anchors, targets, anchorWeights, ignored }: ImagePositives,
  { classification, classWeights, scale }: Options,
): Part[] {
  const { engine, predictions, targets: truth } = head;
  const { levels, regMax, numClasses } = predictions;
  const none = () => levels.map((): number[] => []);
  const [offsets, silent] = [none(), none()];
  const logits: number[] = [];
  const weights: number[] = [];
  for (const { level, index, start, end } of runsByLevel(levels, anchors)) {
    for (let i = start; i < end; i++) {
      const weight = anchorWeights[i];
      if (weight === 1) continue;
      const own = truth.cls[truth.offsets[image] + targets[i]];
      for (let cls = 0; cls < numClasses; cls++) {
        if (cls === own) continue;
        const offset = offsetOf(level, image, 4 * regMax + cls, anchors[i]);
        if (weight === 0) {
          silent[index].push(offset);
          continue;
        }
        offsets[index].push(offset);
        logits.push(level.data[offset]);
        weights.push(weight * (classWeights?.[cls] ?? 1));
      }
    }
  }
  for (const { level, index, start, end } of runsByLevel(levels, ignored)) {
    for (let cls = 0; cls < numClasses; cls++) {
      for (let i = start; i < end; i++) {
        silent[index].push(offsetOf(level, image, 4 * regMax + cls, ignored[i]));
      }
    }
  }
  const memory = takeLogits(engine, logits.length);
  const { f32 } = engine.arena;
  f32.set(logits, memory.logits >>> 2);
  f32.fill(0, memory.targets >>> 2, (memory.targets >>> 2) + logits.length);
  f32.set(weights, memory.weights >>> 2);
  // Focal loss of target 0 is (1 − alpha)·p^gamma·softplus: any background, with the right alpha
  const kind = classification.kind === 'bce' ? 'bce' : 'focal';
  const loss = { ...classification, kind, alpha: 1 - backgroundWeight(classification) } as const;
  const sum = engine.call('foreground', parametersOf(memory, loss, scale.cls));
  return [
    { sum, offsets, gradients: memory.logits },
    { sum: 0, offsets: silent, gradients: 0 },
  ];
}

/** Addresses of f32 [count] each: logits, their soft targets, and their factors. */
interface LogitMemory {
  logits: number;
  targets: number;
  weights: number;
  count: number;
}

function takeLogits({ arena }: CriteriaEngine, count: number): LogitMemory {
  const bytes = count * 4;
  return {
    logits: arena.take(bytes),
    targets: arena.take(bytes),
    weights: arena.take(bytes),
    count,
  };
}

function parametersOf(
  { logits, targets, weights, count }: LogitMemory,
  { kind, alpha, gamma }: ClassLoss,
  scale: number,
) {
  return { logits, targets, weights, count, kind, alpha, gamma, scale };
}

/** Writes the gradients to their class channels. */
export function writeForeground(
  { arena: { f32 } }: CriteriaEngine,
  { parts }: Foreground,
  grads: readonly Float32Array[],
): void {
  for (const { offsets, gradients } of parts) {
    let from = gradients >>> 2;
    offsets.forEach((own, l) => {
      for (const offset of own) grads[l][offset] = gradients === 0 ? 0 : f32[from++];
    });
  }
}
