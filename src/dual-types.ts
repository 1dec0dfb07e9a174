import type { HeadPair } from './head-weights.ts';
import type {
  OrientedGrads,
  OrientedItems,
  OrientedLossConfig,
  OrientedPredictions,
  OrientedTargets,
  PoseGrads,
  PoseItems,
  PoseLossConfig,
  PosePredictions,
  PoseTargets,
  SegmentationGrads,
  SegmentationItems,
  SegmentationLossConfig,
  SegmentationPredictions,
  SegmentationTargets,
} from './task-types.ts';
import type {
  Assigner,
  AssigningLoss,
  Assignment,
  DetectionItems,
  DetectionLossConfig,
  DetectionTargets,
  Optional,
  OutOption,
  TaskLoss,
  TaskValue,
  Tensor,
  TensorData,
} from './types.ts';

/** A value for each of the two heads. */
export interface Heads<T> {
  /** Value for the head that assigns many anchors per target. */
  oneToMany: T;
  /** Value for the head that assigns one anchor per target. */
  oneToOne: T;
}

/** Types of a task that a detector with two heads may have. */
export interface DualTaskTypes<Config, Targets, Items, Predictions, Grads> {
  /** Options of the criterion of one head. */
  config: Config;
  /** Targets, the same for both heads. */
  targets: Targets;
  /** Loss items of either head. */
  items: Items;
  /** Raw outputs of both heads, and beside them what both share. */
  predictions: Predictions;
  /** Gradients in the structure of the predictions. */
  grads: Grads;
}

/** The tasks that a detector with two heads may have. */
export interface DualTasks<Data extends TensorData = Float32Array> {
  /** See {@link createDetectionLoss}. */
  detection: DualTaskTypes<
    DetectionLossConfig,
    DetectionTargets,
    DetectionItems,
    Heads<readonly Tensor<Data>[]>,
    Heads<Tensor<Data>[]>
  >;
  /** See {@link createSegmentationLoss}. Both heads have the same prototypes, which are constants for the one-to-one head. */
  segmentation: DualTaskTypes<
    SegmentationLossConfig,
    SegmentationTargets,
    SegmentationItems,
    Heads<Pick<SegmentationPredictions<Data>, 'feats' | 'coefficients'>> &
      Omit<SegmentationPredictions<Data>, 'feats' | 'coefficients'>,
    Heads<Pick<SegmentationGrads<Data>, 'feats' | 'coefficients'>> &
      Omit<SegmentationGrads<Data>, 'feats' | 'coefficients'>
  >;
  /** See {@link createPoseLoss}. Both heads have the same flow, whose gradient is the sum of both heads'. */
  pose: DualTaskTypes<
    PoseLossConfig,
    PoseTargets,
    PoseItems,
    Heads<Omit<PosePredictions<Data>, 'flow'>> & Pick<PosePredictions<Data>, 'flow'>,
    Heads<Omit<PoseGrads<Data>, 'flow'>> & Pick<PoseGrads<Data>, 'flow'>
  >;
  /** See {@link createOrientedLoss}. */
  oriented: DualTaskTypes<
    OrientedLossConfig,
    OrientedTargets,
    OrientedItems,
    Heads<OrientedPredictions<Data>>,
    Heads<OrientedGrads<Data>>
  >;
}

/** Name of a task that a detector with two heads may have. */
export type DualTask = keyof DualTasks;

/** Raw outputs of both heads of an end-to-end detector, each in the form of the task's criterion, and beside them what both share. */
export type DualPredictions<
  Data extends TensorData = Float32Array,
  Task extends DualTask = 'detection',
> = DualTasks<Data>[Task]['predictions'];

/** Gradients in the structure of the predictions. */
export type DualGrads<
  Data extends TensorData = Float32Array,
  Task extends DualTask = 'detection',
> = DualTasks<Data>[Task]['grads'];

/** Parameters of the task-aligned assignment of both heads. Rotated boxes have no `overlap`. */
export interface DualAssigner extends Omit<Assigner, 'topk' | 'topk2'> {
  /** Maximum number of anchors that each target selects in either head. Default [10, 7]; with reference '8.3' [10, 1]. */
  topk: HeadPair;
  /** Maximum number of anchors that each target keeps in either head. Default [topk[0], 1]; with reference '8.3' `topk`. */
  topk2: HeadPair;
}

/** Options of {@link createDualLoss} beside those of the task. */
export interface DualOptions<Task extends DualTask = 'detection'> extends HeadWeightsOption {
  /** Task of both heads. Default 'detection'. */
  task?: Task | undefined;
  /** Task-aligned assignment with numbers for each head. Defaults topk [10, 7], topk2 [10, 1], alpha 0.5, beta 6, overlap 'ciou'. */
  assigner?: Optional<DualAssigner>;
}

/** Weights of both heads, an option of the factory and of a call. */
export interface HeadWeightsOption {
  /**
   * Factors of both heads' losses, at least 0; {@link headWeights} has those of an epoch. Default those of the first epoch, [0.8, 0.2];
   * with reference '8.3' [1, 1]. In a call, default the factory's.
   */
  headWeights?: HeadPair | undefined;
}

/** Options of {@link createDualLoss}: those of the task, whose defaults it has, with an assigner for two heads. */
export type DualLossConfig<Task extends DualTask = 'detection'> = Omit<
  DualTasks[Task]['config'],
  'assigner'
> &
  DualOptions<Task>;

/** Options of {@link DualLoss.valueAndGrad}. */
export interface DualGradOptions<
  Data extends TensorData = Float32Array,
  Task extends DualTask = 'detection',
> extends OutOption<DualGrads<Data, Task>>,
    HeadWeightsOption {}

/** Assignment of each head's anchors to the targets. */
export type DualAssignment = Heads<Assignment>;

/** Result of {@link DualLoss.value}. */
export interface DualValue<Task extends DualTask = 'detection'>
  extends TaskValue<DualTasks[Task]['items'], DualAssignment> {
  /** Weighted sum of both heads' totals. `valueAndGrad` returns the gradient of this number. */
  total: number;
  /** Items of the one-to-one head, without its weight; with reference '8.3' the sums of both heads' items. */
  items: DualTasks[Task]['items'];
  /** Total and items of either head, without its weight. */
  heads: Heads<{
    /** Sum of the head's items × B. */
    total: number;
    /** Items after gains, not multiplied by B. */
    items: DualTasks[Task]['items'];
  }>;
}

/** Result of {@link DualLoss.valueAndGrad}. */
export interface DualValueAndGrad<
  Data extends TensorData = Float32Array,
  Task extends DualTask = 'detection',
> extends DualValue<Task> {
  /** ∂total/∂predictions, in their structure and shapes. */
  grads: DualGrads<Data, Task>;
}

/** A criterion for end-to-end detectors: see {@link createDualLoss}. */
export interface DualLoss<Task extends DualTask = 'detection'>
  extends TaskLoss<
      DualPredictions<TensorData, Task>,
      DualPredictions<Float32Array, Task>,
      DualTasks[Task]['targets'],
      DualValue<Task>,
      DualValueAndGrad<Float32Array, Task>
    >,
    AssigningLoss<
      DualPredictions<TensorData, Task>,
      DualPredictions<Float32Array, Task>,
      DualTasks[Task]['targets'],
      DualAssignment
    > {
  /** Computes the loss without gradients. */
  value(
    predictions: DualPredictions<TensorData, Task>,
    targets: DualTasks[Task]['targets'],
    options?: HeadWeightsOption,
  ): Promise<DualValue<Task>>;
  /** Synchronous `value`. */
  valueSync(
    predictions: DualPredictions<Float32Array, Task>,
    targets: DualTasks[Task]['targets'],
    options?: HeadWeightsOption,
  ): DualValue<Task>;
  /** Computes the loss and ∂total/∂predictions. */
  valueAndGrad<Data extends TensorData = Float32Array>(
    predictions: DualPredictions<Data, Task>,
    targets: DualTasks[Task]['targets'],
    options?: DualGradOptions<Data, Task>,
  ): Promise<DualValueAndGrad<Data, Task>>;
  /** Synchronous `valueAndGrad`. */
  valueAndGradSync(
    predictions: DualPredictions<Float32Array, Task>,
    targets: DualTasks[Task]['targets'],
    options?: DualGradOptions<Float32Array, Task>,
  ): DualValueAndGrad<Float32Array, Task>;
}
