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
  const { anchorWeights, ignored } = positives;
  if (ignored.length > 0 || anchorWeights.some((weight) => weight !== 1)) {
    parts.push(...otherClasses(head, positives, options));
  }
  return {
    sum: parts.reduce((sum, part) => sum + part.sum, 0),
    neutrals: head.predictions.levels.map((_, l) =>
      Float64Array.from(parts.flatMap(({ offsets }) => offsets[l])).sort(),
    ),
    parts,
  };
}

/** Largest number of logits of an image that the background leaves out. */
export function neutralCount(
  { anchors, anchorWeights, ignored }: ImagePositives,
  numClasses: number,
): number {
  const weighted = anchorWeights.reduce((count, weight) => count + Number(weight !== 1), 0);
  return anchors.length + numClasses * (weighted + ignored.length);
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
  const logits = new Float32Array(anchors.length);
  const weights = anchorWeights.slice();
  for (const { level, index, start, end } of runsByLevel(levels, anchors)) {
    for (let i = start; i < end; i++) {
      const cls = truth.cls[truth.offsets[image] + targets[i]];
      const offset = offsetOf(level, image, 4 * regMax + cls, anchors[i]);
      if (classWeights) weights[i] *= classWeights[cls];
      logits[i] = level.data[offset];
      offsets[index].push(offset);
    }
  }
  return evaluate(engine, { offsets, logits, classTargets, weights }, classification, scale.cls);
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
  const classTargets = new Float32Array(logits.length);
  // Focal loss of target 0 is (1 − alpha)·p^gamma·softplus: any background, with the right alpha
  const kind = classification.kind === 'bce' ? 'bce' : 'focal';
  const loss = { ...classification, kind, alpha: 1 - backgroundWeight(classification) } as const;
  return [
    evaluate(engine, { offsets, logits, classTargets, weights }, loss, scale.cls),
    { sum: 0, offsets: silent, gradients: 0 },
  ];
}

/** Logits by level, in order, with their soft targets and factors. */
interface Logits {
  offsets: number[][];
  logits: ArrayLike<number>;
  classTargets: ArrayLike<number>;
  weights: ArrayLike<number>;
}

function evaluate(
  engine: CriteriaEngine,
  values: Logits,
  { kind, alpha, gamma }: ClassLoss,
  scale: number,
): Part {
  const { arena } = engine;
  const count = values.logits.length;
  const logits = arena.take(count * 4);
  const targets = arena.take(count * 4);
  const weights = arena.take(count * 4);
  const { f32 } = arena;
  f32.set(values.logits, logits >>> 2);
  f32.set(values.classTargets, targets >>> 2);
  f32.set(values.weights, weights >>> 2);
  const parameters = { logits, targets, weights, count, kind, alpha, gamma, scale };
  return { sum: engine.call('foreground', parameters), offsets: values.offsets, gradients: logits };
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
