import type { Tensor } from '../types.ts';
import type { BackendCall, Pending } from './backend.ts';
import type { Dense } from './inputs.ts';

/** Logits of pixels, and the labels of the pixels that they are resized to. */
export interface PixelLogits<Data> {
  /** Name in messages. */
  name: string;
  /** f32 [B, C, h, w]; with one channel, those of class 1 of two, beside logits of 0 for class 0. */
  logits: { data: Data; shape: readonly number[] };
  /** [B, H, W], classes, or −1 for a pixel that does not count. */
  labels: Tensor<Int32Array>;
  /** Whether NaN and infinity in a buffer are an error; those in an array were searched when it was read. */
  checkFinite: boolean;
}

/** Sums over the pixels that count, by class. */
export interface ClassSums {
  /** Σ p of the class over pixels of other classes. */
  excess: Float64Array;
  /** Σ 1 − p over the class's own pixels. */
  deficit: Float64Array;
  /** Σ −log p over its own pixels. */
  entropy: Float64Array;
  /** Number of its own pixels. */
  pixels: Float64Array;
}

/** Derivatives by class, of which gradients of logits consist. */
export interface ClassFactors {
  /** Factor of the cross-entropy of the class's pixels. */
  entropy: Float64Array;
  /** Derivative with respect to p of the class in its own pixels. */
  own: Float64Array;
  /** Derivative with respect to p of the class in other pixels. */
  other: Float64Array;
}

/** Stages of a call's logits: sums, then the gradients of what was made of them. */
export interface SoftmaxStages {
  /**
   * Sums of the softmax over the classes, for each of the logits.
   *
   * @throws {DetlossError} NOT_FINITE
   */
  sums(): Pending<ClassSums[]>;
  /**
   * Writes every element of the gradients.
   *
   * @param factors for each of the logits
   */
  grads(factors: readonly ClassFactors[], grads: readonly Dense[]): Pending<void>;
}

/** A call of a criterion that classifies every pixel. */
export interface SoftmaxCall extends BackendCall {
  /** Softmax over the classes of every pixel of some logits. */
  softmax(logits: readonly PixelLogits<Dense>[]): SoftmaxStages;
}

/** Number of classes that logits stand for. One channel stands for two classes. */
export function classesOf({ logits: { shape } }: PixelLogits<unknown>): number {
  return Math.max(shape[1], 2);
}
