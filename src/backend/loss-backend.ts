import type { BoxIouKind } from '../loss-types.ts';
import type { Pending } from './backend.ts';
import type { Dense } from './inputs.ts';

/** Checked tensors that every plain loss reads and writes. */
export interface LossTensors<Data = Float32Array, Grad = Data> {
  /** Name of the loss, for messages. */
  action: string;
  /** Names of input and gradient in messages. Default: 'input' and 'out'. */
  names?: { input: string; out: string };
  input: Data;
  /** Memory for scale · ∂Σvalue/∂input, as long as `input`. Null: no gradient, if the type allows it. */
  grad: Grad;
  /** Whether the gradient is added to the contents of `grad`. */
  adds?: boolean;
  /** Memory for all values; null: they are not stored. */
  values: Data | null;
  scale: number;
}

/** A loss that treats every element by itself; `target` is as long as the input. */
export type ElementwiseLoss<Data = Float32Array> = { target: Data } & (
  | { loss: 'mse' | 'l1' | 'hinge' | 'squaredHinge' | 'logLoss' | 'klDiv' }
  /** Huber loss times `factor`. */
  | { loss: 'huber'; delta: number; factor: number }
  /** Weights repeat over the input, whose length is a multiple of theirs. */
  | { loss: 'bceWithLogits'; weight: Float64Array | null; posWeight: Float64Array | null }
  | { loss: 'focal' | 'varifocal'; alpha: number; gamma: number }
  | { loss: 'qualityFocal'; beta: number }
);

/** Softmax cross-entropy of input [outer, C, inner] with the class weights weight · (hot · q + spread), q the target. */
export interface CrossEntropyLoss<Data = Float32Array> {
  outer: number;
  classes: number;
  inner: number;
  target: ClassTarget<Data>;
  /** [C] */
  weights: Float64Array;
  hot: number;
  spread: number;
}

export type ClassTarget<Data = Float32Array> =
  /** [outer, inner] classes; a row of class −1 does not count. */
  | { kind: 'indices'; data: Int32Array }
  /** [outer, C, inner] */
  | { kind: 'probabilities'; data: Data }
  /** [outer, inner] in bins: q is the nearness to each of the two bins around the number. */
  | { kind: 'bins'; data: Data };

/** Multiclass hinge loss of input [rows, C]. */
export interface MultiMarginLoss {
  rows: number;
  classes: number;
  /** [rows] classes. */
  target: Int32Array;
  /** [C], a factor for each target class. */
  factors: Float64Array;
  margin: number;
  isSquared: boolean;
}

/** Dice loss of input [rows, length]. */
export interface DiceLoss<Data = Float32Array> {
  rows: number;
  length: number;
  target: Data;
  smooth: number;
}

/** 1 − similarity of boxes [count, 4] xyxy, or [count, 5] xywh and angle for probiou. */
export interface BoxIouLoss<Data = Float32Array> {
  kind: BoxIouKind;
  count: number;
  target: Data;
}

/** Backend of the plain losses. Each loss writes `grad` and `values`, and returns the sum of the values. */
export interface LossBackend {
  readonly name: 'wasm' | 'webgpu';
  /** Reason for this backend, in one sentence. */
  readonly reason: string;
  /** Number of threads at work now. */
  readonly threads: number;
  /** Reason for that number, in one sentence. */
  readonly threadsReason: string;
  /** Whether dense tensors may be in buffers of the backend's device. */
  readonly takesBuffers: boolean;

  elementwise(tensors: LossTensors<Dense>, loss: ElementwiseLoss<Dense>): Pending<number>;
  crossEntropy(
    tensors: LossTensors<Dense, Dense | null>,
    loss: CrossEntropyLoss<Dense>,
  ): Pending<number>;
  multiMargin(tensors: LossTensors<Dense>, loss: MultiMarginLoss): Pending<number>;
  dice(tensors: LossTensors<Dense>, loss: DiceLoss<Dense>): Pending<number>;
  boxIou(tensors: LossTensors<Dense>, loss: BoxIouLoss<Dense>): Pending<number>;

  /**
   * Searches a tensor [B, C] in a buffer for NaN and infinity; a tensor in an array was searched when it was read.
   *
   * @throws {DetlossError} NOT_FINITE
   */
  checkFinite(action: string, name: string, data: Dense, classes: number): Pending<void>;

  /** Allocates a tensor that the caller keeps, of the kind (array or buffer) of `other`. */
  allocateBeside(action: string, other: Dense, length: number): Dense;

  /** Returns zeros, if possible in memory that the backend uses in place. They are valid until `dispose`. */
  allocate(length: number): Float32Array;

  /** Releases memory and threads. */
  dispose(): void;
}
