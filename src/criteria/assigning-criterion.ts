import type { Backend } from '../backend/backend.ts';
import { runSync, type Stages } from '../stages.ts';
import { Criterion } from './criterion.ts';
import type { AssigningTask, Inputs } from './task.ts';

/** The loss of a task whose anchors are assigned to targets. */
export class AssigningCriterion<
  Given,
  Targets,
  Own extends Inputs,
  Value,
  Grads,
  Assigned,
> extends Criterion<
  Given,
  Targets,
  Own,
  Value,
  Grads,
  Backend,
  AssigningTask<Given, Targets, Own, Value, Grads, Assigned>
> {
  async assign(predictions: Given, targets: Targets): Promise<Assigned> {
    return this.wait('assign', this.#assign('assign', predictions, targets));
  }

  assignSync(predictions: Given, targets: Targets): Assigned {
    this.syncable('assignSync');
    return runSync('assignSync', this.#assign('assignSync', predictions, targets));
  }

  *#assign(action: string, predictions: Given, targets: Targets): Stages<Assigned> {
    const inputs = this.validate(action, predictions, targets);
    return yield* this.call(action, inputs, null, this.task.assign);
  }
}
