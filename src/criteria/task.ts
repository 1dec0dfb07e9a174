import type { BackendCall, DetectorCall, HeadInputs } from '../backend/backend.ts';
import type { Dense } from '../backend/inputs.ts';
import type { Stages } from '../stages.ts';
import type { Tensor, TensorData } from '../types.ts';
import type { Form } from '../validate/form.ts';
import type { OptionReader } from '../validate/option-reader.ts';
import type { DenseTensor } from '../validate/tensor.ts';

/** The validated inputs of a call. */
export interface Inputs {
  heads: readonly HeadInputs[];
  /** Every tensor of the predictions, in the order of the task's form. Each has a gradient of its shape. */
  tensors: readonly DenseTensor[];
  /** Structure of this call's predictions, if parts of them are optional; default: the task's. */
  form?: Form<unknown>;
  /** Target tensor that stages read directly from the caller's memory. */
  truth?: { name: string; tensor: Tensor<ArrayLike<number>> } | undefined;
}

/** Types in which tasks differ. */
export interface TaskTypes {
  /** Storage of dense data. `On` sets it, so that predictions and gradients are in arrays, for example. */
  data: TensorData;
  predictions: unknown;
  targets: unknown;
  inputs: Inputs;
  /** Total, items and everything else that a result holds beside gradients. */
  value: object;
  /** Gradients, in the structure of the predictions. */
  grads: unknown;
  /** Options of a call, without `out`. */
  options: object;
  /** Call on a backend that the task's stages use. */
  call: BackendCall;
}

/** Types of tasks whose anchors are assigned to targets. */
export interface AssigningTypes extends TaskTypes {
  assignment: unknown;
  call: DetectorCall;
}

/** Types of a task with dense data in arrays, or in buffers. */
export type On<T extends TaskTypes, Data extends TensorData> = T & { data: Data };

/** Context of the stages of one call. */
export interface Call<On extends BackendCall = DetectorCall> {
  /** Name of the method, for messages. */
  action: string;
  on: On;
  /** Whether there are gradients, which `destinations` returns. */
  hasGrads: boolean;
  /**
   * Returns the memory of the gradients, one per tensor of the predictions; null: no gradients. Stages call it once,
   * just before they write. It throws if the criterion is disposed or the memory of a tensor is gone.
   */
  destinations(): Dense[] | null;
}

/** Part of a criterion that depends on the task: inputs, and the stages of the loss. */
export interface Task<T extends TaskTypes> {
  /** Structure of predictions, `out` and gradients, without optional parts. */
  readonly form: Form<T['grads']>;
  /** Names of the options of `value` and `valueAndGrad`, without `out`. Default: none. */
  readonly callOptions?: readonly string[];

  /**
   * Checks the inputs of a call.
   *
   * @param options options of the call, without `out`
   * @throws {ShapeError | TargetError | ConfigError}
   */
  validate(
    action: string,
    predictions: T['predictions'],
    targets: T['targets'],
    takesBuffers: boolean,
    options: OptionReader | null,
  ): T['inputs'];

  /** Computes the loss; writes the gradients, if `destinations` returns any. */
  loss(call: Call<T['call']>, inputs: T['inputs']): Stages<T['value']>;
}

/** A task whose anchors are assigned to targets. */
export interface AssigningTask<T extends AssigningTypes> extends Task<T> {
  assign(call: Call, inputs: T['inputs']): Stages<T['assignment']>;
}
