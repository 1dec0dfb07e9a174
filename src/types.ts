/** The instance type of a global class, or never where the consumer's `lib` does not declare it. */
type Global<Name extends string> =
  typeof globalThis extends Record<Name, { prototype: infer T }> ? T : never;

/** The same of `WebAssembly.Module`, an empty interface that would accept a number too. */
type WasmModule =
  typeof globalThis extends Record<'WebAssembly', { Module: { prototype: infer T } }>
    ? T & object
    : never;

/** `[Symbol.dispose]`, where the consumer's `lib` knows it. */
export type DisposableByUsing = SymbolConstructor extends {
  readonly dispose: infer Key extends symbol;
}
  ? Record<Key, () => void>
  : object;

/** Every key may be left out, or be undefined. */
export type Optional<T> = { [Key in keyof T]?: T[Key] | undefined } | undefined;

/** A dense argument or result: data in row-major order of `shape`. */
export interface Tensor<Data = Float32Array> {
  /** As many numbers as the shape has elements, or a GPUBuffer that holds them. */
  data: Data;
  /** Elements along each axis. */
  shape: readonly number[];
  /** Where the tensor begins in a GPUBuffer, bytes, a multiple of 4. Default 0. */
  offset?: number | undefined;
  /** Bytes of the tensor in a GPUBuffer. Default: those of the shape. */
  size?: number | undefined;
}

/**
 * A GPUBuffer, by what it has: consumers' compilers know it by several declarations, or not at all. Deno's is a class,
 * which `typeof globalThis` does not show.
 */
export interface GpuBuffer {
  /** Bytes. */
  readonly size: number;
  /** Flags of GPUBufferUsage, STORAGE among them. */
  readonly usage: number;
  /** 'unmapped' for as long as the GPU may use it. */
  readonly mapState: string;
  /** Lets go of its memory. */
  destroy(): unknown;
}

/** A GPUDevice, by what it has. */
export interface GpuDevice {
  /** Settles when the device is lost. */
  readonly lost: PromiseLike<unknown>;
  /** What it can bind and dispatch. */
  readonly limits: object;
  /** What takes its commands. */
  readonly queue: object;
  /** A buffer of this device. */
  createBuffer(descriptor: never): GpuBuffer;
}

/** Where dense data lives: host memory, or a buffer of the criterion's GPU device. */
export type TensorData = Float32Array | GpuBuffer;

/**
 * Ground truth of a batch, N boxes in any order: the three arrays Ultralytics' batches carry.
 */
export interface DetectionTargets {
  /** Image of each box, [N], an integer in [0, B). */
  batchIdx: ArrayLike<number>;
  /** Class of each box, [N], an integer in [0, C). */
  cls: ArrayLike<number>;
  /** Boxes, [N, 4] flat, xywh (centre, size), normalised to the image: 0 to 1 inside the frame. */
  bboxes: ArrayLike<number>;
}

/** Order of a tensor's axes: [B, c, H, W] or [B, H, W, c]. */
export type Layout = 'nchw' | 'nhwc';

/** IoU (Jaccard), GIoU (arXiv:1902.09630), DIoU and CIoU (arXiv:1911.08287). */
export type IouKind = 'iou' | 'giou' | 'diou' | 'ciou';

/** The class loss by name, with default parameters, or as an object that sets them. */
export type Classification =
  | 'bce'
  | 'varifocal'
  | 'focal'
  | BinaryClassification
  | FocusedClassification;

/** Binary cross-entropy. */
export interface BinaryClassification {
  /** Which loss. */
  kind: 'bce';
}

/** Zhang et al., arXiv:2008.13367, or Lin et al., arXiv:1708.02002. */
export interface FocusedClassification {
  /** Which loss. */
  kind: 'varifocal' | 'focal';
  /** Varifocal: weight of negatives, default 0.75. Focal: of positives, 1 − alpha of negatives, default 0.25. */
  alpha?: number | undefined;
  /** Power, at most 100. Default 2. */
  gamma?: number | undefined;
}

/** Weights of the loss items. */
export interface DetectionGains {
  /** Of the box loss. Default 7.5. */
  box: number;
  /** Of the class loss. Default 0.5. */
  cls: number;
  /** Of distribution focal loss. Default 1.5. */
  dfl: number;
}

/** How anchors are assigned: arXiv:2108.07755. */
export interface Assigner {
  /** Anchors that each target chooses at most. Default 10. */
  topk: number;
  /** Power of the predicted probability in the alignment. Default 0.5. */
  alpha: number;
  /** Power of the overlap in the alignment. Default 6. */
  beta: number;
}

/** Options of {@link createDetectionLoss}. */
export interface DetectionLossConfig {
  /** C, at least 1. */
  numClasses: number;
  /** R, DFL bins a side; 1: distances are predicted directly and there is no DFL. Default 16. */
  regMax?: number | undefined;
  /** Pixels a grid cell, one a level, in the order of `feats`. Default [8, 16, 32]. */
  strides?: readonly number[] | undefined;
  /** Order of the predictions' axes: [B, c, H, W] or [B, H, W, c]. Default 'nchw'. */
  layout?: Layout | undefined;
  /** Weights of the loss items. Defaults box 7.5, cls 0.5, dfl 1.5. */
  gains?: Optional<DetectionGains>;
  /** Task-aligned assignment (arXiv:2108.07755): alignment = p^alpha · IoU^beta. Defaults 10, 0.5, 6. */
  assigner?: Optional<Assigner>;
  /** Similarity of the box loss. The assigner always aligns by CIoU. Default 'ciou'. */
  iou?: IouKind | undefined;
  /** Class loss. Default 'bce'. */
  classification?: Classification | undefined;
  /** Default 'auto': WebGPU where a device is given or the machine has a GPU, else WASM. */
  backend?: 'auto' | 'wasm' | 'webgpu' | undefined;
  /** A GPU device to share; without one the WebGPU backend requests its own. */
  device?: GpuDevice | undefined;
  /**
   * WASM threads, the calling one among them, 1 to 64. Default 'auto': up to 4, as the machine has processors. They
   * need SharedArrayBuffer, in a page cross-origin isolation; `criterion.threads` says how many there are.
   */
  threads?: 'auto' | number | undefined;
  /** Where the WASM binary comes from: a URL, a Response, its bytes or a compiled module. Default: embedded. */
  wasm?:
    | Global<'URL'>
    | Global<'Response'>
    | ArrayBuffer
    | ArrayBufferView
    | WasmModule
    | undefined;
  /** Where the threads' script comes from, `detloss/worker.js`. Default: embedded, a blob: URL in browsers. */
  worker?: Global<'URL'> | string | undefined;
  /**
   * Sum of `localSum` over all shards of a data-parallel batch, at least 0; below 1 it counts as 1. Default:
   * the local sum. Predictions and `out` belong to the call until it settles: do not change them meanwhile.
   */
  reduceNormalizer?: ((localSum: number) => number | PromiseLike<number>) | undefined;
  /** Reject predictions that hold NaN or infinity. Default false: they show in the loss. */
  checkFinite?: boolean | undefined;
}

/** Loss items after gains, as Ultralytics logs them. */
export interface DetectionItems {
  /** Box loss of the positives, weighted by score. */
  box: number;
  /** Class loss of all anchors. */
  cls: number;
  /** Distribution focal loss of the positives' distances; 0 where `regMax` is 1. */
  dfl: number;
}

/** Which anchors learn which targets: P positives, ordered by image, then anchor. */
export interface Assignment {
  /** Image index, [P]. */
  image: Int32Array;
  /** Anchor index in its image, [P]: level by level, row-major. */
  anchor: Int32Array;
  /** Index among that image's targets, [P], in the order given. */
  target: Int32Array;
  /** Soft class target, [P], above 0 and at most 1. */
  score: Float32Array;
  /** Sum of the scores, before the max with 1 that makes it the normalizer. */
  scoresSum: number;
  /** Flat indices of targets that got no anchor, ascending. */
  unassigned: Int32Array;
}

/** What every task with an assignment gives. */
export interface TaskValue<Items, Assigned = Assignment> {
  /** Sum of the items × B: the number whose gradient `valueAndGrad` returns. */
  total: number;
  /** The loss by its parts, after gains, not multiplied by B. */
  items: Items;
  /** Which anchors learnt which targets. */
  assignment: Assigned;
}

/** What {@link DetectionLoss.value} gives. */
export type DetectionValue = TaskValue<DetectionItems>;

/** What {@link DetectionLoss.valueAndGrad} gives. */
export interface DetectionValueAndGrad<Data extends TensorData = Float32Array>
  extends DetectionValue {
  /** ∂total/∂feats: one tensor a level, shapes and layout of the predictions. */
  grads: Tensor<Data>[];
}

/**
 * Options of the methods that give gradients.
 *
 * @typeParam Grads gradients, in the structure of the predictions
 */
export interface OutOption<Grads> {
  /**
   * Gradients of an earlier call, to be overwritten instead of allocating new ones: that call's result
   * then holds the new gradients.
   */
  out?: Grads | undefined;
}

/** Options of {@link DetectionLoss.valueAndGrad}. */
export type GradOptions<Data extends TensorData = Float32Array> = OutOption<Tensor<Data>[]>;

/**
 * What every criterion has.
 *
 * @typeParam Given predictions, wherever they are
 * @typeParam Host the same in arrays
 */
export interface TaskLoss<Given, Host, Targets, Value, ValueAndGrad extends { grads: unknown }>
  extends DisposableByUsing {
  /** What `backend: 'auto'` chose. */
  readonly backend: 'wasm' | 'webgpu';
  /** Why, a sentence. */
  readonly backendReason: string;
  /** WASM threads at work at the moment, the calling one among them. */
  readonly threads: number;
  /** Why so many, a sentence: what a page lacks, or a worker that cannot start. */
  readonly threadsReason: string;

  /** The loss alone. */
  value(predictions: Given, targets: Targets): Promise<Value>;
  /** As `value`, on a WASM backend; else BackendError SYNC_UNAVAILABLE. So are the other synchronous methods. */
  valueSync(predictions: Host, targets: Targets): Value;
  /** As `valueAndGrad`, at once. */
  valueAndGradSync(
    predictions: Host,
    targets: Targets,
    options?: OutOption<ValueAndGrad['grads']>,
  ): ValueAndGrad;

  /**
   * A tensor of zeros, for predictions or `out`, in the memory that WASM threads share: they read and write it in
   * place, and nothing is copied. It is good until `dispose`. Where there is one thread it is an ordinary tensor.
   */
  allocate(shape: readonly number[]): Tensor;

  /** Lets go of the backend's memory. Any later call, and any that waits, fails with code DISPOSED. */
  dispose(): void;
}

/** What a criterion has whose anchors are assigned to targets. */
export interface AssigningLoss<Given, Host, Targets, Assigned = Assignment> {
  /** The assignment alone. */
  assign(predictions: Given, targets: Targets): Promise<Assigned>;
  /** As `assign`, at once. */
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
   * The loss and ∂total/∂feats: arrays for arrays, and for GPUBuffers new ones that are the caller's, with usage
   * STORAGE, COPY_SRC and COPY_DST.
   */
  valueAndGrad<Data extends TensorData = Float32Array>(
    predictions: readonly Tensor<Data>[],
    targets: DetectionTargets,
    options?: GradOptions<Data>,
  ): Promise<DetectionValueAndGrad<Data>>;
}

/** At once of arrays; of buffers when the device has taken the copies, or with a BackendError when it has not. */
export type WhereGiven<Data, T> = Data extends Float32Array ? T : Promise<T>;

interface HeadOptions {
  /** Order of the axes: levels [B, c, H, W] and head [B, c, A], or [B, H, W, c] and [B, A, c]. Default 'nchw'. */
  layout?: Layout | undefined;
  /** Of the tensors, where they are in GPUBuffers. */
  device?: GpuDevice | undefined;
}

/** Options of {@link joinHead}. */
export interface JoinHeadOptions extends HeadOptions {
  /** Head of an earlier call, to be overwritten; buffers of usage STORAGE, COPY_SRC and COPY_DST. */
  out?: Tensor<TensorData> | undefined;
}

/** Options of {@link splitHead}. */
export interface SplitHeadOptions extends HeadOptions {
  /** Pixels of the images that went into the model, padding included: one number, or [height, width]. */
  imageSize: number | readonly [height: number, width: number];
  /** Pixels a grid cell, one a level, in the order of the anchors. Default [8, 16, 32]. */
  strides?: readonly number[] | undefined;
  /** Levels of an earlier call, to be overwritten; buffers of usage STORAGE, COPY_SRC and COPY_DST. */
  out?: readonly Tensor<TensorData>[] | undefined;
}
