import type { Backend } from '../backend/backend.ts';
import { runSync, type Stages } from '../stages.ts';
import { Criterion } from './criterion.ts';
import type { AssigningTask, AssigningTypes } from './task.ts';

/** The loss of a task whose anchors are assigned to targets. */
export class AssigningCriterion<T extends AssigningTypes> extends Criterion<T> {
  readonly #task: AssigningTask<T>;

  constructor(task: AssigningTask<T>, backend: Backend<T['call']>) {
    super(task, backend);
    this.#task = task;
  }

  async assign(predictions: T['predictions'], targets: T['targets']): Promise<T['assignment']> {
    return this.wait('assign', this.#assign('assign', predictions, targets));
  }

  assignSync(predictions: T['predictions'], targets: T['targets']): T['assignment'] {
    this.syncable('assignSync');
    return runSync('assignSync', this.#assign('assignSync', predictions, targets));
  }

  *#assign(
    action: string,
    predictions: T['predictions'],
    targets: T['targets'],
  ): Stages<T['assignment']> {
    const inputs = this.validate(action, predictions, targets);
    const purpose = { losses: false, backward: false, out: [] };
    return yield* this.call(action, inputs, purpose, null, this.#task.assign);
  }
}
