import type { Stages } from '../stages.ts';
import type { Assignment, IouKind } from '../types.ts';
import type {
  KeypointPredictions,
  KeypointSums,
  KeypointTargets,
  MaskGrads,
  MaskPredictions,
  MaskTargets,
} from './task-inputs.ts';

/** What a stage gives: at once, as a promise, or in steps between which a page may do other work. */
export type Pending<T> = T | PromiseLike<T> | Stages<T>;

/** Part of a GPU buffer, in bytes. */
export interface BufferRange {
  buffer: GPUBuffer;
  offset: number;
  size: number;
}

/** Where the elements of a tensor are. */
export type Dense = Float32Array | BufferRange;

/** Number of elements. */
export function lengthOf(data: Dense): number {
  return data instanceof Float32Array ? data.length : data.size / 4;
}

/** One level of a head's raw output with its layout resolved into strides (in elements). */
export interface Level<Data = Float32Array> {
  data: Data;
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
export interface Predictions<Data = Float32Array> {
  /** What the caller calls the levels, for messages: 'feats'; and their gradients: 'out.feats'. */
  name: string;
  outName: string;
  batch: number;
  numClasses: number;
  regMax: number;
  channels: number;
  /** A, over all levels. */
  anchors: number;
  imageHeight: number;
  imageWidth: number;
  /** Levels in GPU buffers are still to be checked for NaN and infinity, code NOT_FINITE. */
  checkFinite: boolean;
  levels: Level<Data>[];
  /** [B, 1, A], radians, of rotated boxes; null: boxes are upright. */
  angles: Data | null;
  /** Tensors of the task beside the levels, [B, channels, …], to be checked for NaN and infinity with them. */
  others: readonly { name: string; data: Data; shape: readonly number[] }[];
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
  /** [N], radians, of rotated boxes; null: boxes are upright. */
  angles: Float64Array | null;
  /** How many targets the caller gave, those that are left out of these among them. */
  given: number;
}

/** A class loss, its background term (soft target 0) being weight · p^gamma · softplus(logit). */
export interface ClassLoss {
  kind: 'bce' | 'varifocal' | 'focal';
  alpha: number;
  gamma: number;
}

/** What will be asked after an assignment. */
export interface LossesAhead {
  classification: ClassLoss;
  /** Whether with gradients. */
  backward: boolean;
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

/** What every criterion asks of its backend. */
export interface CriterionBackend {
  readonly name: 'wasm' | 'webgpu';
  /** Why this one was chosen, a sentence. */
  readonly reason: string;
  /** Threads at work at the moment. */
  readonly threads: number;
  /** Why so many, a sentence. */
  readonly threadsReason: string;
  /** Whether predictions and gradients may be in buffers of the backend's device. */
  readonly takesBuffers: boolean;

  /**
   * A buffer for gradients; the caller's to keep.
   *
   * @param predictions of the call that will write them, if it has begun
   */
  createBuffer?(action: string, bytes: number, predictions?: Predictions<Dense>): GPUBuffer;

  /** Zeros in memory that the backend reads and writes in place, if it has such; its own until `dispose`. */
  allocate(length: number): Float32Array;

  /**
   * Begins a call on the predictions of all its heads. What its stages do at once is submitted and waited for as one.
   *
   * @param out where the caller wants its gradients: tensors that stages check before they write any
   */
  begin?(
    action: string,
    heads: readonly Predictions<Dense>[],
    out: readonly { name: string; data: Dense }[],
  ): void;

  /** Lets go of what the stages kept of these predictions, if the call began. */
  end?(heads: readonly Predictions<Dense>[]): void;

  /** Lets go of memory and threads. A stage that runs may end; no other may begin. */
  dispose(): void;
}

/**
 * What a backend does for the criteria of detectors: assign → classify and regress (→ masks | keypoints). Classify
 * and regress are one method, so that they overlap on threads. A GPU is waited for once for them and masks or keypoints,
 * if these begin before it is waited for.
 *
 * A method may be called while another call is between its two.
 */
export interface Backend extends CriterionBackend {
  /**
   * Task-aligned assignment.
   *
   * @param next the `losses` that will follow, which a backend may start on; null: none will
   */
  assign(
    action: string,
    predictions: Predictions<Dense>,
    targets: GroupedTargets,
    options: AssignOptions,
    next: LossesAhead | null,
  ): Pending<Assignment>;

  /**
   * Class loss over all anchors and classes, box and DFL loss over the positives. Writes every element of
   * `grads` and `angleGrads`: scale · gradient, 0 in the box channels and angles of other anchors. The box loss of
   * rotated boxes is 1 − ProbIoU, whatever `options.iou`.
   *
   * @param grads of the strides of `predictions.levels`; null: no gradients
   * @param angleGrads [B, 1, A]; null: no gradients, or upright boxes
   */
  losses(
    action: string,
    predictions: Predictions<Dense>,
    targets: GroupedTargets,
    assignment: Assignment,
    options: LossOptions,
    grads: Dense[] | null,
    angleGrads: Dense | null,
  ): Pending<LossSums>;

  /**
   * Mask loss of the positives, each inside its target's box: Σ of BCE in the crop / (h · w · the box's normalised
   * area), before gain and the division by P.
   *
   * @param scale of the gradients: gain · B / P
   * @param grads every element is written; null: no gradients
   */
  masks(
    action: string,
    predictions: Predictions<Dense>,
    targets: GroupedTargets,
    assignment: Assignment,
    masks: MaskPredictions<Dense>,
    truth: MaskTargets,
    scale: number,
    grads: MaskGrads<Dense> | null,
  ): Pending<number>;

  /**
   * Keypoint losses of the positives, summed over them and their keypoints, before gains and the division by P · K.
   *
   * @param scale of the gradients: gain · B / (P · K)
   * @param grads [B, K·D, A], every element is written; null: no gradients
   */
  keypoints(
    action: string,
    predictions: Predictions<Dense>,
    targets: GroupedTargets,
    assignment: Assignment,
    keypoints: KeypointPredictions<Dense>,
    truth: KeypointTargets,
    scale: KeypointSums,
    grads: Dense | null,
  ): Pending<KeypointSums>;
}
