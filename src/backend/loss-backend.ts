import type { BoxIouKind } from '../loss-types.ts';
import type { Dense, Pending } from './backend.ts';

/** What every plain loss reads and writes, checked; all of it in arrays, or dense tensors anywhere. */
export interface LossTensors<Data = Float32Array, Grad = Data> {
  /** The loss's name, for messages. */
  action: string;
  /** What input and gradient are called there, if not 'input' and 'out'. */
  names?: { input: string; out: string };
  input: Data;
  /** As long as `input`; written whole: scale · ∂Σvalue/∂input. Null, where it may be: it is not wanted. */
  grad: Grad;
  /** Every value, written whole; null: they are not wanted. */
  values: Data | null;
  scale: number;
}

/** A loss of every element by itself; `target` is as long as the input. */
export type ElementwiseLoss<Data = Float32Array> = { target: Data } & (
  | { loss: 'mse' | 'l1' | 'hinge' | 'squaredHinge' | 'logLoss' | 'klDiv' }
  /** Times `factor`. */
  | { loss: 'huber'; delta: number; factor: number }
  /** Weights repeat over the input, whose length is a multiple of theirs. */
  | { loss: 'bceWithLogits'; weight: Float32Array | null; posWeight: Float32Array | null }
  | { loss: 'focal' | 'varifocal'; alpha: number; gamma: number }
  | { loss: 'qualityFocal'; beta: number }
);

/** Softmax cross-entropy of input [outer, C, inner] with weight · (hot · q + spread), q the target. */
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
  /** [outer, inner] classes; −1: the row does not count. */
  | { kind: 'indices'; data: Int32Array }
  /** [outer, C, inner] */
  | { kind: 'probabilities'; data: Data }
  /** [outer, inner] numbers of bins: q is the nearness of the two around them. */
  | { kind: 'bins'; data: Data };

/** Multiclass hinge loss of input [rows, C]. */
export interface MultiMarginLoss {
  rows: number;
  classes: number;
  /** [rows] classes. */
  target: Int32Array;
  /** [C] by the target's class. */
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

/** 1 − similarity of boxes [count, 4] xyxy, for probiou [count, 5] xywh and angle. */
export interface BoxIouLoss<Data = Float32Array> {
  kind: BoxIouKind;
  count: number;
  target: Data;
}

/** What a backend does for the plain losses. Every one writes `grad` and `values`, and gives the sum of the values. */
export interface LossBackend {
  readonly name: 'wasm' | 'webgpu';
  /** Why this one was chosen, a sentence. */
  readonly reason: string;
  /** Threads at work at the moment. */
  readonly threads: number;
  /** Why so many, a sentence. */
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
   * Looks for NaN and infinity in a tensor [B, C] in a buffer; an array is the caller's to look at.
   *
   * @throws {DetlossError} NOT_FINITE
   */
  checkFinite?(action: string, name: string, data: Dense, classes: number): Pending<void>;

  /** A buffer for the caller, who keeps it. */
  createBuffer?(action: string, bytes: number): GPUBuffer;

  /** Zeros in memory that the backend reads and writes in place, if it has such; its own until `dispose`. */
  allocate(length: number): Float32Array;

  /** Lets go of memory and threads. */
  dispose(): void;
}
