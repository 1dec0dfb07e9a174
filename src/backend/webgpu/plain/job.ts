import type { Dense } from '../../inputs.ts';
import type { LossTensors } from '../../loss-backend.ts';
import type { Pipelines } from '../compile.ts';
import { DeviceCall } from '../device-call.ts';
import type { LossPasses } from '../generated/losses.ts';
import { partialStruct, sumsStruct } from '../generated/shared.ts';
import type { Gpu } from '../gpu.ts';
import { STORAGE } from '../memory.ts';
import type { Binding } from '../pass.ts';
import type { BufferPool } from '../pool.ts';
import type { Recorder } from '../recorder.ts';
import type { Window } from '../tensors.ts';
import { readSum } from './read-sum.ts';
import type { Recorded } from './recorded.ts';

/** A stretch of a tensor: elements from `first` on. */
export interface Stretch {
  first: number;
  count: number;
}

/** Work of one call of a loss, which is submitted together. */
export class Job {
  readonly #call: DeviceCall<LossPasses>;

  constructor(gpu: Gpu, pool: BufferPool, action: string, pipelines: Pipelines<keyof LossPasses>) {
    this.#call = new DeviceCall(gpu, pool, action, pipelines);
  }

  get recorder(): Recorder<LossPasses> {
    return this.#call.recorder;
  }

  /** Part of a tensor to be read. It is uploaded unless it is on the device. */
  input(name: string, data: Dense, { first, count }: Stretch): Window {
    this.#call.checkBuffers([{ name, data }]);
    return this.#call.input(data, first, count);
  }

  /**
   * Part of a tensor to be written. It is brought to the host unless the tensor is on the device, or null.
   *
   * @param isKept whether the device needs what the part holds
   */
  output(name: string, data: Dense | null, { first, count }: Stretch, isKept = false): Window {
    if (!data) return { ...this.#call.memory.take(count * 4, STORAGE), base: 0 };
    this.#call.checkBuffers([{ name, data }]);
    return this.#call.output(data, first, count, isKept);
  }

  /** Part of the values to be written, if they are wanted. */
  values({ values }: LossTensors<Dense, Dense | null>, stretch: Stretch): Window {
    if (values) return this.output('value', values, stretch);
    return { ...this.#call.memory.take(4, STORAGE), base: 0 };
  }

  upload(data: Float32Array | Int32Array): Window {
    return { ...this.#call.memory.upload(data as Float32Array<ArrayBuffer>), base: 0 };
  }

  /** Takes memory for partial sums. */
  partials(slots: number): Binding {
    return this.#call.memory.take(slots * partialStruct.bytes, STORAGE);
  }

  /** Makes the next wait bring bytes to the host. */
  read(binding: Binding, store: (bytes: ArrayBuffer) => void): void {
    this.#call.read(binding, store);
  }

  /** Submits the work that `record` records, waits for it, and fills the arrays. */
  async run<T>(record: () => T): Promise<T> {
    const recorded = this.#call.scoped(record);
    await this.#call.wait();
    return recorded;
  }

  /** Runs a loss as `run` does, and adds up its partial sums. */
  async sum(record: () => Recorded): Promise<number> {
    let sum = 0;
    await this.run(() => {
      const { slots, partials, unit } = record();
      const sums = this.#call.memory.takeReadable(sumsStruct.bytes);
      this.recorder.dispatch('fold', 'all', 1, { count: slots, zero: 0 }, { partials, sums });
      this.read(sums, (bytes) => {
        sum = readSum(bytes) * unit;
      });
    });
    return sum;
  }

  /** Ends the job and gives back its memory. */
  end(): void {
    this.#call.end();
  }
}
