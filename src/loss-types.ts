import type { DetectionLossConfig, DisposableByUsing, Tensor, TensorData } from './types.ts';

/** What becomes of a loss's values. */
export type Reduction = 'none' | 'mean' | 'sum';

/** Options that every plain loss has. */
export interface PlainLossOptions<
  R extends Reduction = Reduction,
  Data extends TensorData = Float32Array,
> {
  /** Mean over the values, their sum, or none: a tensor of them. Default 'mean'. */
  reduction?: R | undefined;
  /** `grad` of an earlier call, to be overwritten: that call's result then holds the new gradient. */
  out?: Tensor<Data> | undefined;
}

/** What a plain loss gives. */
export interface PlainLossResult<
  R extends Reduction = Reduction,
  Data extends TensorData = Float32Array,
> {
  /** A number; with reduction 'none' a tensor. */
  value: R extends 'none' ? Tensor<Data> : number;
  /** ∂value/∂input, with 'none' ∂Σvalue/∂input; the shape of the input. */
  grad: Tensor<Data>;
}

/** A loss by its formula in [Losses](../docs/losses.md). Targets and weights are constants for the gradient. */
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
  /** Where the parabola turns into a line; 0: plain L1. Default 1. */
  beta?: number | undefined;
}

/** Options of {@link Losses.huber}. */
export interface HuberOptions {
  /** Where the parabola turns into a line; above 0. Default 1. */
  delta?: number | undefined;
}

/** Options of {@link Losses.bceWithLogits}. */
export interface BceWithLogitsOptions {
  /** Factor of every element's loss: of the input's trailing axes, repeated over the leading ones. */
  weight?: ArrayLike<number> | undefined;
  /** Factor of the positive part, as `weight` in shape: one a class, say. */
  posWeight?: ArrayLike<number> | undefined;
}

/** Options of {@link Losses.crossEntropy}. */
export interface CrossEntropyOptions {
  /** Factor of each class's −log p, [C]. */
  weight?: ArrayLike<number> | undefined;
  /** Rows of this class index have neither loss nor gradient, and no share in the mean. Default −100. */
  ignoreIndex?: number | undefined;
  /** Share of the target spread evenly over all classes, in [0, 1]. Default 0. */
  labelSmoothing?: number | undefined;
}

/** Options of {@link Losses.multiMargin}. */
export interface MultiMarginOptions {
  /** Power of each shortfall. Default 1. */
  p?: 1 | 2 | undefined;
  /** By how much the target's score must exceed the others. Default 1. */
  margin?: number | undefined;
  /** Factor of the losses of each target class, [C]. */
  weight?: ArrayLike<number> | undefined;
}

/** Options of {@link Losses.dice}. */
export interface DiceOptions {
  /** Added to numerator and denominator: two empty masks are equal. Default 1. */
  smooth?: number | undefined;
}

/** Options of {@link Losses.focal} and {@link Losses.varifocal}. */
export interface FocusOptions {
  /** Focal: weight of positives, 1 − alpha of negatives, default 0.25. Varifocal: of negatives, default 0.75. */
  alpha?: number | undefined;
  /** Power, at most 100. Default 2. */
  gamma?: number | undefined;
}

/** Options of {@link Losses.qualityFocal}. */
export interface QualityFocalOptions {
  /** Power of the distance to the target, at most 100. Default 2. */
  beta?: number | undefined;
}

/** Similarities of boxes: those of `IouKind`, and arXiv:2205.12740, arXiv:2101.08158, arXiv:2106.06072. */
export type BoxIouKind = 'iou' | 'giou' | 'diou' | 'ciou' | 'siou' | 'eiou' | 'probiou';

/** Options of {@link Losses.boxIou}. */
export interface BoxIouOptions {
  /** Similarity. Default 'iou'. */
  kind?: BoxIouKind | undefined;
}

/** Options of {@link createLosses}. */
export interface LossesConfig {
  /** Default 'auto': WebGPU where a device is given or the machine has a GPU, else WASM. */
  backend?: DetectionLossConfig['backend'];
  /** A GPU device to share, whose buffers tensors may be in; without one WebGPU requests its own. */
  device?: DetectionLossConfig['device'];
  /** WASM threads, as a criterion's. */
  threads?: DetectionLossConfig['threads'];
  /** As a criterion's, but of `detloss/losses.wasm`. Default: embedded. */
  wasm?: DetectionLossConfig['wasm'];
  /** Where the threads' script comes from, as a criterion's. */
  worker?: DetectionLossConfig['worker'];
}

/** Plain losses on a backend: see {@link createLosses}. Shapes are those of input → target. */
export interface Losses extends DisposableByUsing {
  /** What `backend: 'auto'` chose. */
  readonly backend: 'wasm' | 'webgpu';
  /** Why, a sentence. */
  readonly backendReason: string;
  /** WASM threads at work at the moment, the calling one among them. */
  readonly threads: number;
  /** Why so many, a sentence. */
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
  /** 1 − Dice of sigmoid(x), a value a row. [N, …] → the same, in [0, 1]. */
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

  /** A tensor of zeros in the memory of the threads, as a criterion's `allocate`. */
  allocate(shape: readonly number[]): Tensor;

  /** Lets go of the backend's memory and threads. Any later call fails with code DISPOSED. */
  dispose(): void;
}
