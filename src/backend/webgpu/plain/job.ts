import type { Dense } from '../../backend.ts';
import type { LossTensors } from '../../loss-backend.ts';
import type { Pipeline } from '../compile.ts';
import { DeviceCall } from '../device-call.ts';
import type { Gpu } from '../gpu.ts';
import { Memory, STORAGE } from '../memory.ts';
import type { BufferPool } from '../pool.ts';
import type { Binding, Recorder } from '../recorder.ts';
import { PARTIAL_BYTES, SUMS_BYTES } from '../sums.ts';
import type { Window } from '../tensors.ts';
import { readSum } from './read-sum.ts';
import type { Recorded } from './recorded.ts';

/** A stretch of a tensor: elements from `first` on. */
export interface Stretch {
  first: number;
  count: number;
}

/** What is recorded for one call of a loss, and submitted as one. */
export class Job {
  readonly #call: DeviceCall;
  readonly #action: string;

  constructor(gpu: Gpu, pool: BufferPool, action: string) {
    this.#call = new DeviceCall(gpu, new Memory(gpu, pool));
    this.#action = action;
  }

  get recorder(): Recorder {
    return this.#call.recorder;
  }

  /** A part of a tensor to be read; it goes to the device unless it is there. */
  input(name: string, data: Dense, { first, count }: Stretch): Window {
    this.#call.checkBuffers(this.#action, [{ name, data }]);
    return this.#call.input(data, first, count);
  }

  /** A part of a tensor to be written; it comes to the host unless it belongs on the device, or nobody wants it. */
  output(name: string, data: Dense | null, { first, count }: Stretch): Window {
    if (!data) return { ...this.#call.memory.take(count * 4, STORAGE), base: 0 };
    this.#call.checkBuffers(this.#action, [{ name, data }]);
    return this.#call.output(data, first, count);
  }

  /** Where a part of the values goes; nowhere, if they are not wanted. */
  values({ values }: LossTensors<Dense, Dense | null>, stretch: Stretch): Window {
    if (values) return this.output('value', values, stretch);
    return { ...this.#call.memory.take(4, STORAGE), base: 0 };
  }

  upload(data: Float32Array | Int32Array): Window {
    return { ...this.#call.memory.upload(data as Float32Array<ArrayBuffer>), base: 0 };
  }

  /** Room for partial sums. */
  partials(slots: number): Binding {
    return this.#call.memory.take(slots * PARTIAL_BYTES, STORAGE);
  }

  /** Has the next wait bring bytes to the host. */
  read(binding: Binding, store: (bytes: ArrayBuffer) => void): void {
    this.#call.read(binding, store);
  }

  /** Submits what `record` records and waits for it. Writes the arrays. */
  async run<T>(record: () => T): Promise<T> {
    const recorded = this.#call.scoped(this.#action, record);
    await this.#call.wait(this.#action);
    return recorded;
  }

  /** The same of a loss: the sum of its partial sums. */
  async sum(fold: Pipeline, record: () => Recorded): Promise<number> {
    let sum = 0;
    await this.run(() => {
      const { slots, partials } = record();
      const sums = this.#call.memory.takeReadable(SUMS_BYTES);
      this.recorder.run(fold, 'all', 1, [slots, 0], [partials, sums]);
      this.read(sums, (bytes) => {
        sum = readSum(bytes);
      });
    });
    return sum;
  }

  /** Gives everything back. */
  end(): void {
    this.#call.end();
  }
}
