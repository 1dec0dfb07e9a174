/** Validated inputs of a detector's criterion. */
import type { DistanceLoss } from '../defaults.ts';
import type { BoxIouKind, CLASS_LOSS_KINDS } from '../kinds.ts';
import type { DistanceFrame } from '../oriented-defaults.ts';
import type { Geometry, TargetBoxes } from './assign/geometry.ts';

/** Part of a GPU buffer, in bytes. */
export interface BufferRange {
  buffer: GPUBuffer;
  offset: number;
  size: number;
}

/** Elements of a tensor, in an array or a GPU buffer. */
export type Dense = Float32Array | BufferRange;

/** Number of elements. */
export function lengthOf(data: Dense): number {
  return data instanceof Float32Array ? data.length : data.size / 4;
}

/** One level of a head's raw output with its layout resolved into strides (in elements). */
export interface Level<Data = Float32Array> {
  data: Data;
  /** Shape that the caller gave: [B, c, H, W] or [B, H, W, c]. */
  shape: readonly number[];
  height: number;
  width: number;
  /** Pixels per grid cell. */
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
  /** Name of the levels in messages: 'feats'; and of their gradients: 'out.feats'. */
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
  /** Whether levels in GPU buffers must be searched for NaN and infinity, code NOT_FINITE. */
  checkFinite: boolean;
  levels: Level<Data>[];
  geometry: Geometry;
  /** Tensors [B, 1, A] that complete the boxes: none for upright boxes, the angles (radians) for rotated ones. */
  boxTensors: readonly Data[];
  /** Other tensors of the task, [B, channels, …], which are searched for NaN and infinity with the levels. */
  others: readonly { name: string; data: Data; shape: readonly number[] }[];
}

/** Validated targets, grouped by image, within an image in the order given. */
export interface GroupedTargets extends TargetBoxes {
  /** [B + 1] image b has the rows offsets[b] to offsets[b + 1]. */
  offsets: Int32Array;
  /** [N] row → index in the arrays the caller gave. */
  source: Int32Array;
  /** [N] */
  cls: Int32Array;
  /** [N] factor of everything that a target's positives contribute to the loss; null: all are 1. */
  weights: Float64Array | null;
  /** [N] 1 for an ignore region, which is no target, else 0; null: all are 0. */
  ignore: Uint8Array | null;
  /** Number of targets the caller passed, including ignored ones. */
  given: number;
}

/** A class loss. Its background term (soft target 0) is weight · p^gamma · softplus(logit). */
export interface ClassLoss {
  kind: (typeof CLASS_LOSS_KINDS)[number];
  alpha: number;
  gamma: number;
}

/** Losses of the positives' boxes. */
export interface BoxLoss {
  /** Similarity of the box loss. */
  iou: BoxIouKind;
  /** Loss of the distances where R = 1; else it is DFL. */
  distance: DistanceLoss;
  /** Frame of the true distances; 'upright' for upright boxes. */
  distances: DistanceFrame;
  /** Added to the variances of ProbIoU, in squared grid units. */
  covarianceFloor: number;
}

/** Weight of p^gamma · softplus in the loss of a logit whose target is 0. */
export function backgroundWeight({ kind, alpha }: ClassLoss): number {
  if (kind === 'bce') return 1;
  return kind === 'focal' ? 1 - alpha : alpha;
}
