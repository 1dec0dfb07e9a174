import type { BoxIouKind } from './kinds.ts';
import type { DetectionLossConfig, DisposableByUsing, Tensor, TensorData } from './types.ts';

/** Reduction of a loss's values. */
export type Reduction = 'none' | 'mean' | 'sum';

/** Options that every plain loss has. */
export interface PlainLossOptions<
  R extends Reduction = Reduction,
  Data extends TensorData = Float32Array,
> {
  /** Mean of the values, their sum, or the tensor of all values ('none'). Default 'mean'. */
  reduction?: R | undefined;
  /** `grad` of an earlier call, to be overwritten. The result of that call then holds the new gradient. */
  out?: Tensor<Data> | undefined;
}

/** Value and gradient of a plain loss. */
export interface PlainLossResult<
  R extends Reduction = Reduction,
  Data extends TensorData = Float32Array,
> {
  /** A number, or a tensor with reduction 'none'. */
  value: R extends 'none' ? Tensor<Data> : number;
  /** ∂value/∂input, or ∂Σvalue/∂input with reduction 'none'. It has the input's shape. */
  grad: Tensor<Data>;
}

/** A plain loss. [Losses](../docs/losses.md) has its formula. Targets and weights are constant for the gradient. */
export type PlainLoss<Options = object, Target = Tensor<TensorData>> = <
  R extends Reduction = 'mean',
  Data extends TensorData = Float32Array,
>(
  input: Tensor<Data>,
  target: Target,
  options?: Options & PlainLossOptions<R, Data>,
) => Promise<PlainLossResult<R, Data>>;

/** Class indices in any array-like. */
export type ClassIndices = Tensor<ArrayLike<number>>;

/** Class indices, or probabilities of the input's shape. */
export type ClassTargets = ClassIndices | Tensor<TensorData>;

/** Options of {@link Losses.smoothL1}. */
export interface SmoothL1Options {
  /** Difference at which the parabola becomes a line. 0 gives L1 loss. Default 1. */
  beta?: number | undefined;
}

/** Options of {@link Losses.huber}. */
export interface HuberOptions {
  /** Difference at which the parabola becomes a line, above 0. Default 1. */
  delta?: number | undefined;
}

/** Options of {@link Losses.bceWithLogits}. */
export interface BceWithLogitsOptions {
  /** Factors of the elements' losses: they cover the input's trailing axes and repeat over the leading ones. */
  weight?: ArrayLike<number> | undefined;
  /** Factors of the positive part, at most 1e60, for example one for each class. They repeat as `weight` does. */
  posWeight?: ArrayLike<number> | undefined;
}

/** Options of {@link Losses.crossEntropy}. */
export interface CrossEntropyOptions {
  /** Factor of each class's −log p, [C]. */
  weight?: ArrayLike<number> | undefined;
  /** Rows with this class index have neither loss nor gradient, and the mean does not count them. Default −100. */
  ignoreIndex?: number | undefined;
  /** Share of the target that is spread evenly over all classes, in [0, 1]. Default 0. */
  labelSmoothing?: number | undefined;
}

/** Options of {@link Losses.multiMargin}. */
export interface MultiMarginOptions {
  /** Power of each margin violation. Default 1. */
  p?: 1 | 2 | undefined;
  /** Amount by which the target class's input must exceed the others. Default 1. */
  margin?: number | undefined;
  /** Factor of the loss for each target class, [C]. */
  weight?: ArrayLike<number> | undefined;
}

/** Options of {@link Losses.dice}. */
export interface DiceOptions {
  /** Number added to numerator and denominator, so that two empty masks count as equal. Default 1. */
  smooth?: number | undefined;
}

/** Options of {@link Losses.focal} and {@link Losses.varifocal}. */
export interface FocusOptions {
  /** Focal: weight of positives, 1 − alpha of negatives, default 0.25. Varifocal: weight of negatives, default 0.75. */
  alpha?: number | undefined;
  /** Power of the modulating factor, from 0 to 100. Default 2. */
  gamma?: number | undefined;
}

/** Options of {@link Losses.qualityFocal}. */
export interface QualityFocalOptions {
  /** Power of the distance to the target, from 0 to 100. Default 2. */
  beta?: number | undefined;
}

export type { BoxIouKind };

/** Options of {@link Losses.boxIou}. */
export interface BoxIouOptions {
  /** Similarity of the boxes. Default 'iou'. */
  kind?: BoxIouKind | undefined;
}

/** Options of {@link createLosses}. */
export interface LossesConfig {
  /** Backend to use. Default 'auto': WebGPU if a device is given or the machine has a GPU, else WASM. */
  backend?: DetectionLossConfig['backend'];
  /** A GPU device to share; tensors may be in its buffers. Without one WebGPU requests its own. */
  device?: DetectionLossConfig['device'];
  /** Number of WASM threads, as in a criterion's config. */
  threads?: DetectionLossConfig['threads'];
  /** Source of `detloss/losses.wasm`, as in a criterion's config. Default: the embedded binary. */
  wasm?: DetectionLossConfig['wasm'];
  /** Source of the threads' script, as in a criterion's config. */
  worker?: DetectionLossConfig['worker'];
}

/** Plain losses on a backend; see {@link createLosses}. Shapes are given as input → target. */
export interface Losses extends DisposableByUsing {
  /** Backend that computes the losses. */
  readonly backend: 'wasm' | 'webgpu';
  /** Reason for this backend, in one sentence. */
  readonly backendReason: string;
  /** Number of WASM threads at work now, including the calling one. */
  readonly threads: number;
  /** Reason for that number, in one sentence. */
  readonly threadsReason: string;

  /** (x − t)². Any shape → the same. */
  readonly mse: PlainLoss;
  /** |x − t|. Any shape → the same. */
  readonly l1: PlainLoss;
  /** (x − t)²/2β near t, |x − t| − β/2 beyond β. Any shape → the same. */
  readonly smoothL1: PlainLoss<SmoothL1Options>;
  /** (x − t)²/2 near t, δ·(|x − t| − δ/2) beyond δ. Any shape → the same. */
  readonly huber: PlainLoss<HuberOptions>;
  /** Binary cross-entropy of logits. Any shape → the same, in [0, 1]. */
  readonly bceWithLogits: PlainLoss<BceWithLogitsOptions>;
  /** Binary cross-entropy of probabilities. Any shape → the same, in [0, 1]. */
  readonly logLoss: PlainLoss;
  /** Softmax cross-entropy. [N, C, …] or [C] → class indices [N, …] or [], or probabilities of the input's shape. */
  readonly crossEntropy: PlainLoss<CrossEntropyOptions, ClassTargets>;
  /** t·(log t − x) of log-probabilities. Any shape → the same. */
  readonly klDiv: PlainLoss;
  /** max(0, 1 − t·x). Any shape → the same, ±1. */
  readonly hinge: PlainLoss;
  /** max(0, 1 − t·x)². Any shape → the same, ±1. */
  readonly squaredHinge: PlainLoss;
  /** Multiclass hinge. [N, C] or [C] → class indices [N] or []. */
  readonly multiMargin: PlainLoss<MultiMarginOptions, ClassIndices>;
  /** 1 − Dice coefficient of sigmoid(x), one value for each row. [N, …] → the same, in [0, 1]. */
  readonly dice: PlainLoss<DiceOptions>;
  /** Focal loss of logits, arXiv:1708.02002. Any shape → the same, in [0, 1]. */
  readonly focal: PlainLoss<FocusOptions>;
  /** Varifocal loss of logits, arXiv:2008.13367. Any shape → the same, in [0, 1]. */
  readonly varifocal: PlainLoss<FocusOptions>;
  /** Quality focal loss of logits, arXiv:2006.04388. Any shape → the same, in [0, 1]. */
  readonly qualityFocal: PlainLoss<QualityFocalOptions>;
  /** Distribution focal loss, arXiv:2006.04388. Logits [N, R] → [N], in bins. */
  readonly distributionFocal: PlainLoss;
  /** 1 − similarity of box pairs. [N, 4] xyxy → the same; probiou [N, 5] xywh and angle in radians. */
  readonly boxIou: PlainLoss<BoxIouOptions>;

  /** Returns a tensor of zeros in the threads' memory, as a criterion's `allocate` does. */
  allocate(shape: readonly number[]): Tensor;

  /** Releases the backend's memory and threads. Every later call fails with code DISPOSED. */
  dispose(): void;
}

/** Name of a plain loss: a method of {@link Losses} that returns a promise. */
export type LossName = {
  [Name in keyof Losses]: Losses[Name] extends (...call: never[]) => Promise<unknown>
    ? Name
    : never;
}[keyof Losses];
