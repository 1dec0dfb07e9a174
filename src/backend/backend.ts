import type { Stages } from '../stages.ts';
import type { Assignment, IouKind } from '../types.ts';

/** What a stage gives: at once, as a promise, or in steps between which a page may do other work. */
export type Pending<T> = T | PromiseLike<T> | Stages<T>;

/** One level of a head's raw output with its layout resolved into strides (in elements). */
export interface Level {
  data: Float32Array;
  /** As given: [B, c, H, W] or [B, H, W, c]. */
  shape: readonly number[];
  height: number;
  width: number;
  /** Pixels a grid cell. */
  stride: number;
  /** height × width. */
  cells: number;
  /** Index of the level's first anchor among the image's. */
  firstAnchor: number;
  imageStride: number;
  channelStride: number;
  cellStride: number;
}

/** Validated predictions of B images. Channels: 4 sides × R bins, then C class logits. */
export interface Predictions {
  batch: number;
  numClasses: number;
  regMax: number;
  channels: number;
  /** A, over all levels. */
  anchors: number;
  imageHeight: number;
  imageWidth: number;
  levels: Level[];
}

/** Validated targets, grouped by image; within an image in the order given. */
export interface GroupedTargets {
  /** [B + 1] image b owns the rows offsets[b] to offsets[b + 1]. */
  offsets: Int32Array;
  /** [N] row → index in the arrays the caller gave. */
  source: Int32Array;
  /** [N] */
  cls: Int32Array;
  /** [N, 4] xywh, normalised. */
  boxes: Float64Array;
}

/** A class loss, its background term (soft target 0) being weight · p^gamma · softplus(logit). */
export interface ClassLoss {
  kind: 'bce' | 'varifocal' | 'focal';
  alpha: number;
  gamma: number;
}

export interface AssignOptions {
  topk: number;
  alpha: number;
  beta: number;
}

/** What the loss is made of, and what its gradients are multiplied by. */
export interface LossOptions {
  classification: ClassLoss;
  iou: IouKind;
  scale: LossSums;
}

/** Box losses over the batch, before gains and normalizer. */
export interface BoxSums {
  box: number;
  dfl: number;
}

/** Loss sums over the batch, before gains and normalizer. */
export interface LossSums extends BoxSums {
  cls: number;
}

/**
 * What a backend does for a detection criterion: assign → classify and regress. The last two are one method, so
 * that they overlap. A stage keeps nothing between calls.
 */
export interface Backend {
  readonly name: 'wasm' | 'webgpu';
  /** Threads at work at the moment. */
  readonly threads: number;

  /** Task-aligned assignment. */
  assign(
    predictions: Predictions,
    targets: GroupedTargets,
    options: AssignOptions,
  ): Pending<Assignment>;

  /**
   * Class loss over all anchors and classes, box and DFL loss over the positives. Writes every element of
   * `grads`: scale · gradient, 0 in the box channels of other anchors.
   *
   * @param grads of the strides of `predictions.levels`; null: no gradients
   */
  losses(
    predictions: Predictions,
    targets: GroupedTargets,
    assignment: Assignment,
    options: LossOptions,
    grads: Float32Array[] | null,
  ): Pending<LossSums>;

  /** Zeros in memory that the backend reads and writes in place, if it has such; its own until `dispose`. */
  allocate(length: number): Float32Array;

  /** Lets go of memory and threads. A stage that runs may end; no other may begin. */
  dispose(): void;
}
