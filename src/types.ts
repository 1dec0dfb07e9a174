import type { DistanceLoss, Reference, SmallTargets } from './defaults.ts';
import type { IouKind, OverlapKind } from './kinds.ts';
import type { DistanceFrame } from './oriented-defaults.ts';
import type { Resize } from './segmentation-defaults.ts';

export type { DistanceFrame, DistanceLoss, IouKind, OverlapKind, Reference, Resize, SmallTargets };

/** Instance type of a global class, or never if the consumer's `lib` does not declare it. */
type Global<Name extends string> =
  typeof globalThis extends Record<Name, { prototype: infer T }> ? T : never;

/** `WebAssembly.Module`, or never if it is not declared. The interface is empty, so `object` keeps numbers out. */
type WasmModule =
  typeof globalThis extends Record<'WebAssembly', { Module: { prototype: infer T } }>
    ? T & object
    : never;

/** `[Symbol.dispose]`, if the consumer's `lib` declares it. */
export type DisposableByUsing = SymbolConstructor extends {
  readonly dispose: infer Key extends symbol;
}
  ? Record<Key, () => void>
  : object;

/** Partial form of `T`: every key may be left out or be undefined. */
export type Optional<T> = { [Key in keyof T]?: T[Key] | undefined } | undefined;

/** A dense argument or result, with its elements in row-major order. */
export interface Tensor<Data = Float32Array> {
  /** Elements of the tensor, exactly as many as the shape has, or a GPUBuffer that holds them as float32. */
  data: Data;
  /** Number of elements along each axis. */
  shape: readonly number[];
  /** Start of the tensor in a GPUBuffer, in bytes; a multiple of 4. Default 0. */
  offset?: number | undefined;
  /** Size of the tensor in a GPUBuffer, in bytes. Default: 4 per element of the shape. */
  size?: number | undefined;
}

/** A GPUBuffer, described by its members, because not every consumer's compiler declares `GPUBuffer`. */
export interface GpuBuffer {
  /** Size in bytes. */
  readonly size: number;
  /** Flags of GPUBufferUsage, including STORAGE. */
  readonly usage: number;
  /** State of the mapping: 'unmapped' while the GPU may use the buffer. */
  readonly mapState: string;
  /** Frees the buffer's memory. */
  destroy(): unknown;
}

/** A GPUDevice, described by its members, because not every consumer's compiler declares `GPUDevice`. */
export interface GpuDevice {
  /** Promise that settles when the device is lost. */
  readonly lost: PromiseLike<unknown>;
  /** Limits of the device, a GPUSupportedLimits. */
  readonly limits: object;
  /** Queue of the device, a GPUQueue. */
  readonly queue: object;
  /** Creates a buffer on this device. */
  createBuffer(descriptor: never): GpuBuffer;
}

/** Storage of dense data: an array in host memory, or a buffer of the criterion's GPU device. */
export type TensorData = Float32Array | GpuBuffer;

/** Ground truth of a batch: N boxes in any order, in the same three arrays as in Ultralytics' batches. */
export interface DetectionTargets {
  /** Image of each box, [N], an integer in [0, B). */
  batchIdx: ArrayLike<number>;
  /** Class of each box, [N], an integer in [0, C). */
  cls: ArrayLike<number>;
  /** Boxes, [N, 4] flat, xywh (centre and size), normalised by the image size: 0 to 1 inside the frame. */
  bboxes: ArrayLike<number>;
  /**
   * Factors [N], at least 0, of everything that a target's positives contribute to the loss; scores times weights add up to
   * the normalizer. Default 1. The anchors of a target of weight 0 are not background either.
   */
  weights?: ArrayLike<number> | undefined;
  /**
   * Flags [N], 1 for a region that is neither target nor background, else 0. Default 0. Anchors whose centre is strictly
   * inside, and that are no positives, have no class loss.
   */
  ignore?: ArrayLike<number> | undefined;
}

/** Order of a tensor's axes: [B, c, H, W] ('nchw') or [B, H, W, c] ('nhwc'). */
export type Layout = 'nchw' | 'nhwc';

/** Class loss: a name for the default parameters, or an object that sets them. */
export type Classification =
  | 'bce'
  | 'varifocal'
  | 'focal'
  | BinaryClassification
  | FocusedClassification;

/** Binary cross-entropy as class loss. */
export interface BinaryClassification {
  /** Name of the loss. */
  kind: 'bce';
}

/** Varifocal loss (Zhang et al., arXiv:2008.13367) or focal loss (Lin et al., arXiv:1708.02002) as class loss. */
export interface FocusedClassification {
  /** Name of the loss. */
  kind: 'varifocal' | 'focal';
  /** Varifocal: weight of negatives, default 0.75. Focal: weight of positives, with 1 − alpha for negatives, default 0.25. */
  alpha?: number | undefined;
  /** Power of the modulating factor, from 0 to 100. Default 2. */
  gamma?: number | undefined;
}

/** Weights of the loss items. */
export interface DetectionGains {
  /** Weight of the box loss. Default 7.5. */
  box: number;
  /** Weight of the class loss. Default 0.5. */
  cls: number;
  /** Weight of the distance loss: distribution focal loss or, with `regMax` 1, L1. Default 1.5. */
  dfl: number;
}

/** Parameters of the task-aligned assignment. Source: Feng et al., arXiv:2108.07755. */
export interface Assigner {
  /** Maximum number of anchors that each target selects. Default 10. */
  topk: number;
  /**
   * Maximum number of anchors that each target keeps, its best aligned ones, once every anchor has one target. Default
   * `topk`: it keeps all.
   */
  topk2: number;
  /** Power of the predicted class probability in the alignment. Default 0.5. */
  alpha: number;
  /** Power of the overlap in the alignment. Default 6. */
  beta: number;
  /** Similarity of predicted box and target box in the alignment; a negative value counts as 0. Default 'ciou'. */
  overlap: OverlapKind;
  /**
   * Growth of small targets about their centre when their candidates are found, side by side, or false. Default
   * `{ below: s, growTo: s }` with the second of `strides` (the only one if there is one); with reference '8.3' false.
   */
  smallTargets: SmallTargets | false;
}

/** Options of {@link createDetectionLoss}. */
export interface DetectionLossConfig {
  /** Number of classes C, at least 1. */
  numClasses: number;
  /** Release of Ultralytics whose defaults the other options have; it has no other effect. Default '8.4'. */
  reference?: Reference | undefined;
  /** Number of DFL bins R per box side; with 1 distances are predicted directly, and `distance` is their loss. Default 16. */
  regMax?: number | undefined;
  /** Pixels per grid cell, one number per level, in the order of `feats`. Default [8, 16, 32]. */
  strides?: readonly number[] | undefined;
  /** Order of the axes of `feats`: [B, c, H, W] or [B, H, W, c]. Default 'nchw'. */
  layout?: Layout | undefined;
  /** Weights of the loss items. Defaults box 7.5, cls 0.5, dfl 1.5. */
  gains?: Optional<DetectionGains>;
  /** Task-aligned assignment, with alignment = p^alpha · overlap^beta. Defaults topk 10, alpha 0.5, beta 6, overlap 'ciou'. */
  assigner?: Optional<Assigner>;
  /** Loss of the distances if `regMax` is 1: L1, relative to the image, or none. Default 'l1'; with reference '8.3' 'none'. */
  distance?: DistanceLoss | undefined;
  /** Similarity that the box loss uses. Default 'ciou'. */
  iou?: IouKind | undefined;
  /** Class loss. Default 'bce'. */
  classification?: Classification | undefined;
  /** Factors [C] of the class loss, at least 0. Default 1. A class of weight 0 has no loss, whatever its logits. */
  classWeights?: ArrayLike<number> | undefined;
  /** Backend to use. Default 'auto': WebGPU if a device is given or the machine has a GPU, else WASM. */
  backend?: 'auto' | 'wasm' | 'webgpu' | undefined;
  /** GPU device to share with the caller. Default: the WebGPU backend requests its own. */
  device?: GpuDevice | undefined;
  /**
   * Number of WASM threads, including the calling one, 1 to 64. Default 'auto': one per processor, at most 4. More than
   * one needs SharedArrayBuffer, thus cross-origin isolation in a page. `criterion.threads` is the actual number.
   */
  threads?: 'auto' | number | undefined;
  /** WASM binary: a URL, a Response, the bytes or a compiled module. Default: the embedded binary. */
  wasm?:
    | Global<'URL'>
    | Global<'Response'>
    | ArrayBuffer
    | ArrayBufferView
    | WasmModule
    | undefined;
  /** URL of the threads' script, `detloss/worker.js`. Default: the embedded script, through a blob: URL in browsers. */
  worker?: Global<'URL'> | string | undefined;
  /**
   * Returns the sum of `localSum` over all shards of a data-parallel batch, at least 0; a sum below 1 counts as 1.
   * Default: the local sum. Do not change predictions or `out` before the call settles.
   */
  reduceNormalizer?: ((localSum: number) => number | PromiseLike<number>) | undefined;
  /** Whether to reject predictions that contain NaN or infinity, with code NOT_FINITE. Default false: the loss shows them. */
  checkFinite?: boolean | undefined;
}

/** Loss items after gains, divided by the normalizer, as Ultralytics logs them. */
export interface DetectionItems {
  /** Box loss of the positives, each weighted by its score. */
  box: number;
  /** Class loss of all anchors and classes. */
  cls: number;
  /** Distance loss of the positives, each weighted by its score: distribution focal loss or, if `regMax` is 1, L1. */
  dfl: number;
}

/** Assignment of anchors to targets: P positives, ordered by image, then by anchor. */
export interface Assignment {
  /** Image index of each positive, [P]. */
  image: Int32Array;
  /** Anchor index within the image, [P]; anchors count level by level, row-major. */
  anchor: Int32Array;
  /** Target index among the image's targets, [P], in the order given. */
  target: Int32Array;
  /** Soft class target of each positive, [P], above 0 and at most 1. */
  score: Float32Array;
  /** Sum of the scores, each times its target's weight. The normalizer is max(scoresSum, 1). */
  scoresSum: number;
  /** Indices of the targets without an anchor, in the order of the flat target arrays, ascending. */
  unassigned: Int32Array;
  /** Number of anchors of each image that have no class loss, because they are in ignore regions, [B]. */
  ignored: Int32Array;
}

/** Loss of a task with an assignment. */
export interface TaskValue<Items, Assigned = Assignment> {
  /** Sum of the items × B. `valueAndGrad` returns the gradient of this number. */
  total: number;
  /** Parts of the loss after gains, not multiplied by B. */
  items: Items;
  /** Assignment of anchors to targets. */
  assignment: Assigned;
}

/** Result of {@link DetectionLoss.value}. */
export type DetectionValue = TaskValue<DetectionItems>;

/** Result of {@link DetectionLoss.valueAndGrad}. */
export interface DetectionValueAndGrad<Data extends TensorData = Float32Array>
  extends DetectionValue {
  /** ∂total/∂feats: one tensor per level, in the shapes and layout of the predictions. */
  grads: Tensor<Data>[];
}

/**
 * Options of the methods that return gradients.
 *
 * @typeParam Grads type of the gradients, which have the structure of the predictions
 */
export interface OutOption<Grads> {
  /** Gradients of an earlier call. They are overwritten, so that the earlier result holds the new gradients, too. */
  out?: Grads | undefined;
}

/** Options of {@link DetectionLoss.valueAndGrad}. */
export type GradOptions<Data extends TensorData = Float32Array> = OutOption<Tensor<Data>[]>;

/**
 * Members of every criterion. Methods throw ShapeError or TargetError for an invalid input, BackendError if the backend
 * fails, and DetlossError with code DISPOSED after `dispose`. Asynchronous methods reject with these errors.
 *
 * @typeParam Given type of predictions in arrays or GPU buffers
 * @typeParam Host type of predictions in arrays
 */
export interface TaskLoss<Given, Host, Targets, Value, ValueAndGrad extends { grads: unknown }>
  extends DisposableByUsing {
  /** Backend that computes the loss. */
  readonly backend: 'wasm' | 'webgpu';
  /** Reason for this backend, in one sentence. */
  readonly backendReason: string;
  /** Number of WASM threads at work now, including the calling one. */
  readonly threads: number;
  /** Reason for that number, in one sentence, for example that the page is not cross-origin isolated. */
  readonly threadsReason: string;

  /** Computes the loss without gradients. */
  value(predictions: Given, targets: Targets): Promise<Value>;
  /** Synchronous `value`. Like all synchronous methods it needs WASM, else it throws BackendError SYNC_UNAVAILABLE. */
  valueSync(predictions: Host, targets: Targets): Value;
  /** Synchronous `valueAndGrad`. */
  valueAndGradSync(
    predictions: Host,
    targets: Targets,
    options?: OutOption<ValueAndGrad['grads']>,
  ): ValueAndGrad;

  /**
   * Returns a tensor of zeros for predictions or `out`, valid until `dispose`. It is in the memory that WASM threads
   * share, so that nothing has to be copied. With one thread it is an ordinary tensor.
   */
  allocate(shape: readonly number[]): Tensor;

  /** Releases the backend's memory and threads. Pending and later calls fail with code DISPOSED. */
  dispose(): void;
}

/** Methods of a criterion that assigns anchors to targets. */
export interface AssigningLoss<Given, Host, Targets, Assigned = Assignment> {
  /** Computes the assignment without loss and gradients. */
  assign(predictions: Given, targets: Targets): Promise<Assigned>;
  /** Synchronous `assign`. */
  assignSync(predictions: Host, targets: Targets): Assigned;
}

/** A detection criterion: see {@link createDetectionLoss}. */
export interface DetectionLoss
  extends TaskLoss<
      readonly Tensor<TensorData>[],
      readonly Tensor[],
      DetectionTargets,
      DetectionValue,
      DetectionValueAndGrad
    >,
    AssigningLoss<readonly Tensor<TensorData>[], readonly Tensor[], DetectionTargets> {
  /**
   * Computes the loss and ∂total/∂feats. Gradients of arrays are arrays. Gradients of GPUBuffers are new GPUBuffers, of
   * usage STORAGE, COPY_SRC and COPY_DST, that the caller has to destroy.
   */
  valueAndGrad<Data extends TensorData = Float32Array>(
    predictions: readonly Tensor<Data>[],
    targets: DetectionTargets,
    options?: GradOptions<Data>,
  ): Promise<DetectionValueAndGrad<Data>>;
}

/** `T` for arrays. For GPU buffers, a promise: it resolves once the device accepts the copies, else rejects with BackendError. */
export type WhereGiven<Data, T> = Data extends Float32Array ? T : Promise<T>;

interface HeadOptions {
  /** Order of the axes: levels [B, c, H, W] and head [B, c, A], or [B, H, W, c] and [B, A, c]. Default 'nchw'. */
  layout?: Layout | undefined;
  /** Device of the tensors' GPUBuffers; needed if there are any. */
  device?: GpuDevice | undefined;
}

/** Options of {@link joinHead}. */
export interface JoinHeadOptions extends HeadOptions {
  /** Head of an earlier call, to be overwritten. A buffer needs the usages STORAGE, COPY_SRC and COPY_DST. */
  out?: Tensor<TensorData> | undefined;
}

/** Options of {@link splitHead}. */
export interface SplitHeadOptions extends HeadOptions {
  /** Size of the model's input images in pixels, including padding: one number, or [height, width]. */
  imageSize: number | readonly [height: number, width: number];
  /** Pixels per grid cell, one number per level, in the order of the anchors. Default [8, 16, 32]. */
  strides?: readonly number[] | undefined;
  /** Levels of an earlier call, to be overwritten. Buffers need the usages STORAGE, COPY_SRC and COPY_DST. */
  out?: readonly Tensor<TensorData>[] | undefined;
}
