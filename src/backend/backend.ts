import type { Stages } from '../stages.ts';
import type { Assigner } from './assign/assigner.ts';
import type { Positives } from './assign/positives.ts';
import type { BoxLoss, ClassLoss, Dense, GroupedTargets, Predictions } from './inputs.ts';
import type {
  KeypointGrads,
  KeypointInputs,
  KeypointSums,
  Likelihood,
  MaskGrads,
  MaskInputs,
  MaskSums,
} from './task-inputs.ts';

/** Result of a stage: a value, a promise, or stages between which a page may do other work. */
export type Pending<T> = T | PromiseLike<T> | Stages<T>;

/** Predictions, targets and loss options of a head. */
export interface HeadInputs {
  predictions: Predictions<Dense>;
  targets: GroupedTargets;
  assigner: Assigner;
  classification: ClassLoss;
  /** [C] factors of the class loss; null: all are 1. A class of weight 0 has no loss, whatever its logits. */
  classWeights: Float32Array | null;
  boxLoss: BoxLoss;
}

/** Box losses over the batch, before gains and normalizer. */
export interface BoxSums {
  box: number;
  /** Sum of DFL, or of L1 where R = 1. */
  dfl: number;
  /** 0 for upright boxes. */
  angle: number;
}

/** Loss sums over the batch, before gains and normalizer; also factors of their gradients. */
export interface LossSums extends BoxSums {
  cls: number;
}

/** Gradients of a head, each of the shape and strides of its predictions. */
export interface HeadGrads<Data> {
  levels: readonly Data[];
  /** Gradients of `Predictions.boxTensors`, in their order. */
  boxTensors: readonly Data[];
}

/** Stages that a call will need. */
export interface Purpose {
  /** Whether losses follow the assignment, so that a backend may begin with them early. */
  losses: boolean;
  /** Whether gradients are computed. */
  backward: boolean;
  /** Tensors the caller gave for its gradients; a backend checks them before it writes any. */
  out: readonly { name: string; data: Dense }[];
}

/** A call of a criterion on a backend, until it is ended. */
export interface BackendCall {
  /** Allocates a tensor that the caller keeps, of the length and kind (array or buffer) of `like`. */
  allocate(like: Dense): Dense;

  /** Releases everything that the call keeps. */
  end(): void;
}

/** A call of a detector's criterion. A GPU receives stages that begin before the first wait in one submission. */
export interface DetectorCall extends BackendCall {
  /** Returns the i-th of the heads that the call was opened with. */
  head(index: number): HeadCall;
}

/** Stages of one head: assign, then losses, and masks or keypoints if the task has them. */
export interface HeadCall {
  assign(): Pending<Positives>;

  /**
   * Class loss over all anchors and classes, box, distance and angle loss over the positives. Writes every element of the
   * gradients: scale · gradient, 0 in the box channels and angles of other anchors.
   *
   * @param scale factors of the gradients
   * @param grads null: no gradients
   */
  losses(positives: Positives, scale: LossSums, grads: HeadGrads<Dense> | null): Pending<LossSums>;

  /**
   * Mask loss of the positives, each inside its target's box, before gain and the division by P, and the loss of
   * semantic logits.
   *
   * @param scale factors of the gradients: gain · B / P and gain · B
   * @param grads every element is written; null: no gradients
   */
  masks(
    positives: Positives,
    masks: MaskInputs<Dense>,
    scale: MaskSums,
    grads: MaskGrads<Dense> | null,
  ): Pending<MaskSums>;

  /**
   * Likelihood of the positives' keypoints, which writes nothing; null if the inputs have none.
   *
   * @param scale factor of the gradients: gain · B; null: no gradients
   */
  likelihood(
    positives: Positives,
    keypoints: KeypointInputs<Dense>,
    scale: number | null,
  ): Pending<Likelihood | null>;

  /**
   * Keypoint losses of the positives, summed over them and their keypoints, before gains and the division by P · K.
   *
   * @param scale factors of the gradients: gain · B / (P · K)
   * @param grads every element is written; null: no gradients
   * @param likelihood whose gradients are added; null: there is none
   */
  keypoints(
    positives: Positives,
    keypoints: KeypointInputs<Dense>,
    scale: KeypointSums,
    grads: KeypointGrads<Dense> | null,
    likelihood: Likelihood | null,
  ): Pending<KeypointSums>;
}

/** Backend of a criterion; `C` is the type of its calls. */
export interface Backend<C extends BackendCall = DetectorCall> {
  readonly name: 'wasm' | 'webgpu';
  /** Reason for this backend, in one sentence. */
  readonly reason: string;
  /** Number of threads at work now. */
  readonly threads: number;
  /** Reason for that number, in one sentence. */
  readonly threadsReason: string;
  /** Whether predictions and gradients may be in buffers of the backend's device. */
  readonly takesBuffers: boolean;

  /** Opens a call. Several calls may be open at a time. */
  open(action: string, heads: readonly HeadInputs[], purpose: Purpose): C;

  /** Returns zeros, if possible in memory that the backend uses in place. They are valid until `dispose`. */
  allocate(length: number): Float32Array;

  /** Releases memory and threads. Running stages may end; no other may begin. */
  dispose(): void;
}
