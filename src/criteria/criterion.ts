import { BackendError, DetlossError } from '../errors.ts';
import { hostFloats } from '../host-memory.ts';
import { checked, run, runSync, type Stages, Waits } from '../stages.ts';
import type { Tensor } from '../types.ts';
import { type Destination, validateOut } from '../validate/out.ts';
import { reading, readOnce } from '../validate/read.ts';
import { checkStillThere, validateShape } from '../validate/tensor.ts';
import { Claim } from './claim.ts';
import type { Call, Task, TaskTypes } from './task.ts';

/** A call's inputs, and what was read of its targets. */
interface ReadInputs<T extends TaskTypes> {
  inputs: T['inputs'];
  given: object;
}

/** A task's loss on a backend: what the criteria of all tasks have in common. */
export class Criterion<T extends TaskTypes> {
  readonly backend: 'wasm' | 'webgpu';
  readonly backendReason: string;
  readonly #task: Task<T>;
  readonly #waits = new Waits();
  readonly #claims = new Set<Claim>();
  #backend: T['backend'] | null;

  constructor(task: Task<T>, backend: T['backend']) {
    this.#task = task;
    this.#backend = backend;
    this.backend = backend.name;
    this.backendReason = backend.reason;
  }

  get threads(): number {
    return this.#backend?.threads ?? 1;
  }

  get threadsReason(): string {
    return this.#backend?.threadsReason ?? 'the criterion is disposed';
  }

  async value(predictions: T['predictions'], targets: T['targets']): Promise<T['value']> {
    return this.wait('value', this.#value('value', predictions, targets));
  }

  valueSync(predictions: T['predictions'], targets: T['targets']): T['value'] {
    this.syncable('valueSync');
    return runSync('valueSync', this.#value('valueSync', predictions, targets));
  }

  async valueAndGrad(
    predictions: T['predictions'],
    targets: T['targets'],
    options?: { out?: T['grads'] | undefined },
  ): Promise<T['value'] & { grads: T['grads'] }> {
    const action = 'valueAndGrad';
    const claim = new Claim(action, this.#task.form.outNames, this.#claims);
    try {
      const stages = this.#valueAndGrad(action, predictions, targets, options, claim);
      return await this.wait(action, stages);
    } finally {
      claim.end();
    }
  }

  valueAndGradSync(
    predictions: T['predictions'],
    targets: T['targets'],
    options?: { out?: T['grads'] | undefined },
  ): T['value'] & { grads: T['grads'] } {
    const action = 'valueAndGradSync';
    this.syncable(action);
    const claim = new Claim(action, this.#task.form.outNames, this.#claims);
    try {
      return runSync(action, this.#valueAndGrad(action, predictions, targets, options, claim));
    } finally {
      claim.end();
    }
  }

  allocate(shape: readonly number[]): Tensor {
    const backend = this.live('allocate');
    const [length, sizes] = reading('allocate', () => validateShape('allocate: shape', shape));
    return { data: backend.allocate(length), shape: sizes };
  }

  dispose(): void {
    this.#backend?.dispose();
    this.#backend = null;
    this.#waits.fail(disposed);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** What the stages give in the end, or an error where the criterion is disposed meanwhile. */
  protected wait<R>(action: string, stages: Stages<R>): Promise<R> {
    return run(action, stages, this.#waits);
  }

  /** The backend, of a criterion that is not disposed. */
  protected live(action: string): T['backend'] {
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
  ): ReadInputs<T> {
    const { takesBuffers } = this.live(action);
    return reading(action, () => {
      const { lists, tensors } = this.#task.targets;
      const given = readOnce(targets, lists, tensors);
      const inputs = this.#task.validate(action, predictions, given as T['targets'], takesBuffers);
      return { inputs, given };
    });
  }

  /**
   * The stages of a call: whatever they wait for, its inputs are there when they go on.
   *
   * @param destinations of the gradients, asked for when they are about to be written; null: there are none
   * @param out those that the caller gave
   */
  protected *call<R>(
    action: string,
    inputs: T['inputs'],
    destinations: (() => readonly Destination[]) | null,
    stagesOf: (call: Call<T['backend']>, inputs: T['inputs']) => Stages<R>,
    out: readonly Destination[] = [],
  ): Stages<R> {
    const backend = this.live(action);
    const heads = inputs.heads.map(({ predictions }) => predictions);
    let written: readonly Destination[] = [];
    const check = () => {
      this.live(action);
      this.#checkMemory(action, inputs, written);
    };
    // Getters of later arguments may have taken away what was read before
    check();
    const call: Call<T['backend']> = {
      action,
      backend,
      backward: destinations !== null,
      destinations: () => {
        if (destinations) written = destinations();
        check();
        return destinations && written.map(({ view }) => view);
      },
    };
    const { outNames } = this.#task.form;
    backend.begin?.(
      action,
      heads,
      out.map(({ view }, i) => ({ name: outNames[i], data: view })),
    );
    try {
      return yield* checked(stagesOf(call, inputs), check);
    } finally {
      backend.end?.(heads);
    }
  }

  *#value(
    action: string,
    predictions: T['predictions'],
    targets: T['targets'],
  ): Stages<T['value']> {
    const { inputs } = this.validate(action, predictions, targets);
    return yield* this.call(action, inputs, null, this.#task.loss);
  }

  *#valueAndGrad(
    action: string,
    predictions: T['predictions'],
    targets: T['targets'],
    options: { out?: T['grads'] | undefined } | undefined,
    claim: Claim,
  ): Stages<T['value'] & { grads: T['grads'] }> {
    const { takesBuffers } = this.live(action);
    const { form, loss } = this.#task;
    const { inputs, given } = this.validate(action, predictions, targets);
    let grads = reading(action, () =>
      validateOut(action, options ?? {}, form, inputs.tensors, given, takesBuffers),
    );
    if (grads) claim.take(grads);
    const destinations = () => {
      grads ??= this.#allocate(action, inputs);
      return grads;
    };
    const value = yield* this.call(action, inputs, destinations, loss, grads ?? []);
    return { ...value, grads: form.nest(destinations().map(({ tensor }) => tensor)) };
  }

  #checkMemory(
    action: string,
    { tensors, truth }: T['inputs'],
    written: readonly Destination[],
  ): void {
    const { names, outNames } = this.#task.form;
    if (truth) checkStillThere(action, truth.name, truth.tensor.data, truth.tensor.shape);
    tensors.forEach(({ data, shape }, i) => {
      checkStillThere(action, names[i], data, shape);
    });
    written.forEach(({ tensor: { shape }, view }, i) => {
      checkStillThere(action, outNames[i], view, shape);
    });
  }

  /** Gradients of the caller's: arrays for arrays, buffers for buffers. */
  #allocate(action: string, { heads, tensors }: T['inputs']): Destination[] {
    return tensors.map(({ data, shape }) => {
      if (data instanceof Float32Array) {
        const view = hostFloats(action, 'gradients', data.length);
        return { tensor: { data: view, shape: [...shape] }, view };
      }
      const head = heads[0]?.predictions;
      const buffer = this.live(action).createBuffer?.(action, data.size, head) as GPUBuffer;
      const view = { buffer, offset: 0, size: data.size };
      return { tensor: { data: buffer, shape: [...shape] }, view };
    });
  }
}

function disposed(action: string): DetlossError {
  return new DetlossError('DISPOSED', `${action}: needs a live criterion, this one is disposed`);
}
