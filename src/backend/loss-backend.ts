import type { BoxIouKind } from '../loss-types.ts';
import type { Pending } from './backend.ts';

/** What every plain loss reads and writes, checked. */
export interface LossTensors {
  /** The loss's name, for messages. */
  action: string;
  input: Float32Array;
  /** As long as `input`; written whole: scale · ∂Σvalue/∂input. */
  grad: Float32Array;
  /** Every value, written whole; null: they are not wanted. */
  values: Float32Array | null;
  scale: number;
}

/** A loss of every element by itself; `target` is as long as the input. */
export type ElementwiseLoss = { target: Float32Array } & (
  | { loss: 'mse' | 'l1' | 'hinge' | 'squaredHinge' | 'logLoss' | 'klDiv' }
  /** Times `factor`. */
  | { loss: 'huber'; delta: number; factor: number }
  /** Weights repeat over the input, whose length is a multiple of theirs. */
  | { loss: 'bceWithLogits'; weight: Float32Array | null; posWeight: Float32Array | null }
  | { loss: 'focal' | 'varifocal'; alpha: number; gamma: number }
  | { loss: 'qualityFocal'; beta: number }
);

/** Softmax cross-entropy of input [outer, C, inner] with weight · (hot · q + spread), q the target. */
export interface CrossEntropyLoss {
  outer: number;
  classes: number;
  inner: number;
  target: ClassTarget;
  /** [C] */
  weights: Float64Array;
  hot: number;
  spread: number;
}

export type ClassTarget =
  /** [outer, inner] classes; −1: the row does not count. */
  | { kind: 'indices'; data: Int32Array }
  /** [outer, C, inner] */
  | { kind: 'probabilities'; data: Float32Array }
  /** [outer, inner] numbers of bins: q is the nearness of the two around them. */
  | { kind: 'bins'; data: Float32Array };

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
export interface DiceLoss {
  rows: number;
  length: number;
  target: Float32Array;
  smooth: number;
}

/** 1 − similarity of boxes [count, 4] xyxy, for probiou [count, 5] xywh and angle. */
export interface BoxIouLoss {
  kind: BoxIouKind;
  count: number;
  target: Float32Array;
}

/** What a backend does for the plain losses. Every one writes `grad` and `values`, and gives the sum of the values. */
export interface LossBackend {
  readonly name: 'wasm' | 'webgpu';
  /** Threads at work at the moment. */
  readonly threads: number;
  /** Why so many, a sentence. */
  readonly threadsReason: string;

  elementwise(tensors: LossTensors, loss: ElementwiseLoss): Pending<number>;
  crossEntropy(tensors: LossTensors, loss: CrossEntropyLoss): Pending<number>;
  multiMargin(tensors: LossTensors, loss: MultiMarginLoss): Pending<number>;
  dice(tensors: LossTensors, loss: DiceLoss): Pending<number>;
  boxIou(tensors: LossTensors, loss: BoxIouLoss): Pending<number>;

  /** Zeros in memory that the backend reads and writes in place, if it has such; its own until `dispose`. */
  allocate(length: number): Float32Array;

  /** Lets go of memory and threads. */
  dispose(): void;
}
