import type { Backend, BackendCall, Purpose } from '../backend/backend.ts';
import { bindMembers } from '../bind-members.ts';
import { BackendError, DetlossError } from '../errors.ts';
import { checked, run, runSync, type Stages, Waits } from '../stages.ts';
import type { Tensor, TensorData } from '../types.ts';
import type { Form } from '../validate/form.ts';
import { OptionReader } from '../validate/option-reader.ts';
import { checkApart, type Destination, destinationOf, validateOut } from '../validate/out.ts';
import { sizeOf, validateShape } from '../validate/shape.ts';
import { checkStillThere } from '../validate/tensor.ts';
import type { Call, On, Task, TaskTypes } from './task.ts';

/** A task's loss on a backend. Its methods are bound to it. */
export class Criterion<T extends TaskTypes> {
  readonly backend: 'wasm' | 'webgpu';
  readonly backendReason: string;
  readonly #task: Task<T>;
  readonly #waits = new Waits();
  /** Memory that each call which has not settled writes to. No other call may use it. */
  readonly #claims = new Set<readonly Destination[]>();
  #backend: Backend<T['call']> | null;

  constructor(task: Task<T>, backend: Backend<T['call']>) {
    this.#task = task;
    this.#backend = backend;
    this.backend = backend.name;
    this.backendReason = backend.reason;
    bindMembers(this);
  }

  get threads(): number {
    return this.#backend?.threads ?? 1;
  }

  get threadsReason(): string {
    return this.#backend?.threadsReason ?? 'the criterion is disposed';
  }

  async value(
    predictions: T['predictions'],
    targets: T['targets'],
    options?: T['options'],
  ): Promise<T['value']> {
    return this.wait('value', this.#value('value', predictions, targets, options));
  }

  valueSync(
    predictions: T['predictions'],
    targets: T['targets'],
    options?: T['options'],
  ): T['value'] {
    this.syncable('valueSync');
    return runSync('valueSync', this.#value('valueSync', predictions, targets, options));
  }

  async valueAndGrad<Data extends TensorData = Float32Array>(
    predictions: On<T, Data>['predictions'],
    targets: T['targets'],
    options?: T['options'] & { out?: On<T, Data>['grads'] | undefined },
  ): Promise<T['value'] & { grads: On<T, Data>['grads'] }> {
    const action = 'valueAndGrad';
    const claim: Destination[] = [];
    try {
      const stages = this.#valueAndGrad(action, predictions, targets, options, claim);
      return await this.wait(action, stages);
    } finally {
      this.#claims.delete(claim);
    }
  }

  valueAndGradSync(
    predictions: On<T, Float32Array>['predictions'],
    targets: T['targets'],
    options?: T['options'] & { out?: On<T, Float32Array>['grads'] | undefined },
  ): T['value'] & { grads: On<T, Float32Array>['grads'] } {
    const action = 'valueAndGradSync';
    this.syncable(action);
    const claim: Destination[] = [];
    try {
      return runSync(action, this.#valueAndGrad(action, predictions, targets, options, claim));
    } finally {
      this.#claims.delete(claim);
    }
  }

  allocate(shape: readonly number[]): Tensor {
    const backend = this.live('allocate');
    const sizes = validateShape('allocate: shape', shape);
    return { data: backend.allocate(sizeOf(sizes)), shape: sizes };
  }

  dispose(): void {
    this.#backend?.dispose();
    this.#backend = null;
    this.#waits.fail(disposed);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Runs stages; fails if the criterion is disposed meanwhile. */
  protected wait<R>(action: string, stages: Stages<R>): Promise<R> {
    return run(action, stages, this.#waits);
  }

  /** Returns the backend. Throws if the criterion is disposed. */
  protected live(action: string): Backend<T['call']> {
    if (this.#backend) return this.#backend;
    throw disposed(action);
  }

  protected syncable(action: string): void {
    if (this.live(action).name === 'wasm') return;
    throw new BackendError('SYNC_UNAVAILABLE', `${action}: needs a WASM backend, got WebGPU`);
  }

  protected validate(
    action: string,
    predictions: T['predictions'],
    targets: T['targets'],
    options: OptionReader | null = null,
  ): T['inputs'] {
    const { takesBuffers } = this.live(action);
    return this.#task.validate(action, predictions, targets, takesBuffers, options);
  }

  /**
   * Runs a call's stages on the backend and checks after every wait that its inputs still exist.
   *
   * @param destinations returns the gradients' memory just before it is written; null: no gradients
   */
  protected *call<R>(
    action: string,
    inputs: T['inputs'],
    purpose: Purpose,
    destinations: ((on: BackendCall) => readonly Destination[]) | null,
    stagesOf: (call: Call<T['call']>, inputs: T['inputs']) => Stages<R>,
  ): Stages<R> {
    let written: readonly Destination[] = [];
    const check = () => {
      this.live(action);
      this.#checkMemory(action, inputs, written);
    };
    const on = this.live(action).open(action, inputs.heads, purpose);
    const call: Call<T['call']> = {
      action,
      on,
      hasGrads: destinations !== null,
      destinations: () => {
        if (destinations) written = destinations(on);
        check();
        return destinations && written.map(({ view }) => view);
      },
    };
    try {
      return yield* checked(stagesOf(call, inputs), check);
    } finally {
      on.end();
    }
  }

  *#value(
    action: string,
    predictions: T['predictions'],
    targets: T['targets'],
    options: T['options'] | undefined,
  ): Stages<T['value']> {
    const { callOptions } = this.#task;
    // Tasks without options of a call ignore what is passed
    const own = callOptions
      ? new OptionReader(action, 'options', options ?? {}, callOptions)
      : null;
    const inputs = this.validate(action, predictions, targets, own);
    const purpose = { losses: true, backward: false, out: [] };
    return yield* this.call(action, inputs, purpose, null, this.#task.loss);
  }

  *#valueAndGrad(
    action: string,
    predictions: T['predictions'],
    targets: T['targets'],
    options: { out?: T['grads'] | undefined } | undefined,
    claim: Destination[],
  ): Stages<T['value'] & { grads: T['grads'] }> {
    const { takesBuffers } = this.live(action);
    const { callOptions = [] } = this.#task;
    const own = new OptionReader(action, 'options', options ?? {}, ['out', ...callOptions]);
    const inputs = this.validate(action, predictions, targets, own);
    const { tensors, form = this.#task.form } = inputs;
    const given = targets as object;
    let grads = validateOut(action, own.raw('out'), form, tensors, given, takesBuffers);
    if (grads) this.#take(action, form, grads, claim);
    const out = grads?.map(({ view }, i) => ({ name: form.outNames[i], data: view })) ?? [];
    const purpose = { losses: true, backward: true, out };
    const destinations = (on: BackendCall) => {
      grads ??= tensors.map(({ data, shape }) => destinationOf(on.allocate(data), shape));
      return grads;
    };
    const value = yield* this.call(action, inputs, purpose, destinations, this.#task.loss);
    const written = (grads ?? []).map(({ tensor }) => tensor);
    return { ...value, grads: form.nest(written) as T['grads'] };
  }

  /** Claims memory to write to. Throws ShapeError OUT_ALIASES_INPUT if another call has claimed some of it. */
  #take(
    action: string,
    { outNames }: Form<unknown>,
    outs: readonly Destination[],
    claim: Destination[],
  ): void {
    const taken = [...this.#claims]
      .flat()
      .map(({ view }) => ['another call, which has not settled', view] as const);
    outs.forEach(({ view }, i) => {
      checkApart(`${action}: ${outNames[i]}`, view, [], taken);
    });
    claim.push(...outs);
    this.#claims.add(claim);
  }

  #checkMemory(
    action: string,
    { tensors, truth, form = this.#task.form }: T['inputs'],
    written: readonly Destination[],
  ): void {
    const { names, outNames } = form;
    if (truth) checkStillThere(action, truth.name, truth.tensor.data, truth.tensor.shape);
    tensors.forEach(({ data, shape }, i) => {
      checkStillThere(action, names[i], data, shape);
    });
    written.forEach(({ tensor: { shape }, view }, i) => {
      checkStillThere(action, outNames[i], view, shape);
    });
  }
}

function disposed(action: string): DetlossError {
  return new DetlossError('DISPOSED', `${action}: the criterion is disposed`);
}
