import type {
  Backend,
  CriterionBackend,
  Dense,
  GroupedTargets,
  Predictions,
} from '../backend/backend.ts';
import type { Stages } from '../stages.ts';
import type { Tensor } from '../types.ts';
import type { Form } from '../validate/form.ts';
import type { DenseTensor } from '../validate/tensor.ts';

/** Predictions whose anchors are assigned to targets. */
export interface Head {
  predictions: Predictions<Dense>;
  targets: GroupedTargets;
}

/** The validated inputs of a call. */
export interface Inputs {
  heads: readonly Head[];
  /** Every tensor of the predictions, in the order of the task's form: gradients are as many, of these shapes. */
  tensors: readonly DenseTensor[];
  /** What of the targets is read where the caller has it, while the stages run. */
  truth?: { name: string; tensor: Tensor<ArrayLike<number>> };
}

/** The types in which tasks differ. */
export interface TaskTypes {
  predictions: unknown;
  targets: unknown;
  inputs: Inputs;
  /** Total, items and what else a result holds beside gradients. */
  value: object;
  /** In the structure of the predictions. */
  grads: unknown;
  backend: CriterionBackend;
}

/** The same of tasks whose anchors are assigned to targets. */
export interface AssigningTypes extends TaskTypes {
  assignment: unknown;
  backend: Backend;
}

/** What the stages of one call are run with. */
export interface Call<On extends CriterionBackend = Backend> {
  /** Name of the method, for messages. */
  action: string;
  backend: On;
  /** Whether there are gradients. */
  backward: boolean;
  /**
   * Where to write the gradients, as many as `tensors`: asked for once, when they are about to be written. Throws
   * where the criterion or the memory of a tensor is gone, as what ran before may have made them.
   */
  destinations(): Dense[] | null;
}

/** What makes a criterion the criterion of a task: what it is handed, and the stages of its loss. */
export interface Task<T extends TaskTypes> {
  /** Of predictions, `out` and gradients. */
  readonly form: Form<T['grads']>;

  /** Names of the targets' parts, arrays and tensors; each is read once. */
  readonly targets: { readonly lists: readonly string[]; readonly tensors: readonly string[] };

  /**
   * Throws ShapeError and TargetError.
   *
   * @param targets as they are named above, read once
   */
  validate(
    action: string,
    predictions: T['predictions'],
    targets: T['targets'],
    takesBuffers: boolean,
  ): T['inputs'];

  /** Writes the gradients, where they are asked for. */
  loss(call: Call<T['backend']>, inputs: T['inputs']): Stages<T['value']>;
}

/** A task whose anchors are assigned to targets. */
export interface AssigningTask<T extends AssigningTypes> extends Task<T> {
  assign(call: Call, inputs: T['inputs']): Stages<T['assignment']>;
}
