import type { Tensor } from '../types.ts';
import { binaryCrossEntropy } from './losses/bce-with-logits.ts';
import { resize, resizeGrad } from './resize.ts';
import { sigmoid } from './sigmoid.ts';
import { crossEntropyOf, softmax } from './softmax.ts';
import type { Term } from './term.ts';

export interface SemanticPredictions {
  /** [B, C, h, w], resized to the labels. */
  logits: Tensor<ArrayLike<number>>;
  /** [B, C, h, w] of any size. */
  auxiliary?: Tensor<ArrayLike<number>> | undefined;
}

export interface SemanticOptions {
  numClasses: number;
  /** Label of pixels that do not count. Default 255. */
  ignoreIndex?: number;
  /** Default 0.4. */
  auxiliaryGain?: number;
  /** [C], at least 0; C = 1 ignores it. Default 1. */
  classWeights?: ArrayLike<number> | undefined;
}

export interface ReferenceSemanticLoss {
  /** Sum of the items × B. */
  total: number;
  items: { ce: number; dice: number; aux: number };
  grads: { logits: Float64Array; auxiliary?: Float64Array };
}

/** Added to numerator and denominator of Dice. */
const SMOOTH = 1;

/** Labels of pixels, and weights of their classes. */
interface Labels {
  /** [B, H, W] */
  labels: Tensor<ArrayLike<number>>;
  ignoreIndex: number;
  weightOf: (c: number) => number;
}

/** A pixel that counts: its indices in the logits, one per class, and its label. */
interface Pixel {
  at: number[];
  label: number;
}

/**
 * Loss of semantic segmentation: cross-entropy, Dice loss, and cross-entropy of auxiliary logits.
 *
 * Logits are resized to the labels bilinearly. C > 1: ce is the weighted mean of −log p, which divides by the sum of
 * weights, at least 1; Dice is the mean over all classes, absent ones too, with sums over all pixels of the batch.
 * C = 1: the label is 0 or 1, with BCE and one Dice term.
 *
 * @param targets labels [B, H, W]
 */
export function semanticLoss(
  { logits, auxiliary }: SemanticPredictions,
  { labels }: { labels: Tensor<ArrayLike<number>> },
  { ignoreIndex = 255, auxiliaryGain = 0.4, classWeights }: SemanticOptions,
): ReferenceSemanticLoss {
  const batch = logits.shape[0];
  const truth = { labels, ignoreIndex, weightOf: (c: number) => classWeights?.[c] ?? 1 };
  const ce = resized(logits, truth, crossEntropy);
  const dice = resized(logits, truth, diceLoss);
  const aux = auxiliary && resized(auxiliary, truth, crossEntropy);
  const items = { ce: ce.value, dice: dice.value, aux: aux ? auxiliaryGain * aux.value : 0 };
  return {
    total: batch * (items.ce + items.dice + items.aux),
    items,
    grads: {
      logits: ce.grad.map((slope, i) => batch * (slope + dice.grad[i])),
      ...(aux && { auxiliary: aux.grad.map((slope) => batch * auxiliaryGain * slope) }),
    },
  };
}

/** Computes a loss of logits of the labels' size, and backpropagates it through the resizing. */
function resized(
  logits: Tensor<ArrayLike<number>>,
  truth: Labels,
  lossOf: (
    logits: Tensor<Float64Array>,
    pixels: readonly Pixel[],
    truth: Labels,
  ) => Term<Float64Array>,
): Term<Float64Array> {
  const [, height, width] = truth.labels.shape;
  const size = { height, width };
  const own = resize(logits, size);
  const { value, grad } = lossOf(own, pixelsOf(own, truth), truth);
  return { value, grad: resizeGrad(grad, logits.shape, size) };
}

function pixelsOf({ shape }: Tensor<Float64Array>, { labels, ignoreIndex }: Labels): Pixel[] {
  const [, classes, height, width] = shape;
  const area = height * width;
  return Array.from(labels.data).flatMap((label, i): Pixel[] => {
    if (label === ignoreIndex) return [];
    const first = Math.floor(i / area) * classes * area + (i % area);
    return [{ at: Array.from({ length: classes }, (_, c) => first + c * area), label }];
  });
}

function crossEntropy(
  { data }: Tensor<Float64Array>,
  pixels: readonly Pixel[],
  { weightOf }: Labels,
): Term<Float64Array> {
  const grad = new Float64Array(data.length);
  const binary = pixels[0]?.at.length === 1;
  const weights = pixels.map(({ label }) => (binary ? 1 : weightOf(label)));
  const divisor = Math.max(
    weights.reduce((sum, weight) => sum + weight, 0),
    1,
  );
  let value = 0;
  pixels.forEach(({ at, label }, i) => {
    const share = weights[i] / divisor;
    if (binary) {
      const bce = binaryCrossEntropy(data[at[0]], label);
      value += share * bce.value;
      grad[at[0]] = share * bce.grad;
      return;
    }
    const oneHot = at.map((_, c) => Number(c === label));
    const own = crossEntropyOf(softmax(at.map((index) => data[index])), oneHot);
    value += share * own.value;
    own.grad.forEach((slope, c) => {
      grad[at[c]] = share * slope;
    });
  });
  return { value, grad };
}

/** Mean over the classes of 1 − (2·Σp·y + 1)/(Σp + Σy + 1); 0 if no pixel counts. */
function diceLoss({ data }: Tensor<Float64Array>, pixels: readonly Pixel[]): Term<Float64Array> {
  const grad = new Float64Array(data.length);
  if (pixels.length === 0) return { value: 0, grad };
  const classes = pixels[0].at.length;
  const binary = classes === 1;
  const probabilities = pixels.map(({ at }) =>
    binary ? [sigmoid(data[at[0]])] : softmax(at.map((index) => data[index])).probabilities,
  );
  const isOf = (label: number, c: number) => Number(label === (binary ? 1 : c));

  let value = 0;
  /** ∂value/∂p of a pixel: one number where it is of the class, one where it is not. */
  const slopes = Array.from({ length: classes }, (_, c) => {
    let [both, all] = [0, 0];
    pixels.forEach(({ label }, i) => {
      both += probabilities[i][c] * isOf(label, c);
      all += probabilities[i][c] + isOf(label, c);
    });
    const share = (2 * both + SMOOTH) / (all + SMOOTH);
    value += (1 - share) / classes;
    return (own: number) => (share - 2 * own) / ((all + SMOOTH) * classes);
  });
  pixels.forEach(({ at, label }, i) => {
    const p = probabilities[i];
    const byP = slopes.map((slope, c) => slope(isOf(label, c)));
    if (binary) {
      grad[at[0]] = byP[0] * p[0] * sigmoid(-data[at[0]]);
      return;
    }
    const mean = byP.reduce((sum, slope, c) => sum + slope * p[c], 0);
    byP.forEach((slope, c) => {
      grad[at[c]] = p[c] * (slope - mean);
    });
  });
  return { value, grad };
}
