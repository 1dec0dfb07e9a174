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

/** What the stages of one call are run with. */
export interface Call<Own extends CriterionBackend = Backend> {
  /** Name of the method, for messages. */
  action: string;
  backend: Own;
  /**
   * Where to write the gradients, as many as `tensors`: asked for once, when they are about to be written. Throws
   * where the criterion or the memory of a tensor is gone, as what ran before may have made them.
   */
  destinations(): Dense[] | null;
}

/** What makes a criterion the criterion of a task: what it is handed, and the stages of its loss. */
export interface Task<
  Given,
  Targets,
  Own extends Inputs,
  Value,
  Grads,
  On extends CriterionBackend,
> {
  /** Of predictions, `out` and gradients. */
  readonly form: Form<Grads>;

  /** Throws ShapeError and TargetError. */
  validate(action: string, predictions: Given, targets: Targets, takesBuffers: boolean): Own;

  /** Total, items and what else the result holds beside gradients, which it writes. */
  loss(call: Call<On>, inputs: Own): Stages<Value>;
}

/** A task whose anchors are assigned to targets. */
export interface AssigningTask<Given, Targets, Own extends Inputs, Value, Grads, Assigned>
  extends Task<Given, Targets, Own, Value, Grads, Backend> {
  assign(call: Call, inputs: Own): Stages<Assigned>;
}
