import type { Dense } from '../../backend.ts';
import type { LossTensors } from '../../loss-backend.ts';
import type { Pipeline } from '../compile.ts';
import { DeviceCall } from '../device-call.ts';
import type { Gpu } from '../gpu.ts';
import { Memory, type Readback, STORAGE } from '../memory.ts';
import type { BufferPool } from '../pool.ts';
import { type Binding, Recorder } from '../recorder.ts';
import { SUMS_BYTES } from '../sums.ts';
import type { Window } from '../tensors.ts';
import { readSum } from './read-sum.ts';
import type { Recorded } from './recorded.ts';

/** Three sums and flags of one workgroup. */
const PARTIAL_BYTES = 16;

/** A stretch of a tensor: elements from `first` on. */
export interface Stretch {
  first: number;
  count: number;
}

/** What is recorded for one call of a loss, and submitted as one. */
export class Job {
  readonly recorder = new Recorder();
  readonly #call: DeviceCall;
  readonly #action: string;
  readonly #reads: { readback: Readback; target: Float32Array }[] = [];

  constructor(gpu: Gpu, pool: BufferPool, action: string) {
    this.#call = new DeviceCall(gpu, new Memory(gpu, pool));
    this.#action = action;
  }

  /** A part of a tensor to be read; it goes to the device unless it is there. */
  input(name: string, data: Dense, { first, count }: Stretch): Window {
    if (data instanceof Float32Array) return this.upload(data.subarray(first, first + count));
    return this.#windowOn(name, data, first, count);
  }

  /** A part of a tensor to be written; it comes to the host unless it belongs on the device. */
  output(name: string, data: Dense, { first, count }: Stretch): Window {
    if (!(data instanceof Float32Array)) return this.#windowOn(name, data, first, count);
    const binding = this.#call.memory.takeReadable(count * 4);
    const readback = this.#call.memory.read(this.recorder, binding);
    this.#reads.push({ readback, target: data.subarray(first, first + count) });
    return { ...binding, base: 0 };
  }

  /** Where a part of the values goes; nowhere, if they are not wanted. */
  values({ values }: LossTensors<Dense>, stretch: Stretch): Window {
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

  /** Submits what `record` records. */
  submit(fold: Pipeline, record: (job: Job) => Recorded): Readback {
    return this.#call.scoped(this.#action, () => {
      const { slots, partials } = record(this);
      const { memory } = this.#call;
      const sums = memory.takeReadable(SUMS_BYTES);
      this.recorder.run(fold, 'all', 1, [slots, 0], [partials, sums]);
      const total = memory.read(this.recorder, sums);
      memory.submit(this.recorder);
      return total;
    });
  }

  /** Waits for what was submitted: the sum of the partial sums. Writes the arrays. */
  async finish(total: Readback): Promise<number> {
    const reads = [total, ...this.#reads.map(({ readback }) => readback)];
    // Nobody may get to wait for them: a device can be lost at any moment
    for (const { mapped } of reads) mapped.catch(() => {});
    await this.#call.wait(this.#action, reads);
    for (const { readback, target } of this.#reads) {
      const values = new Float32Array(readback.range());
      // An array that was taken away meanwhile is an error of its own
      if (target.length > 0) target.set(values);
      readback.done();
    }
    const sum = readSum(total.range());
    total.done();
    return sum;
  }

  /** Gives everything back. */
  end(): void {
    this.#call.end();
  }

  #windowOn(
    name: string,
    data: Exclude<Dense, Float32Array>,
    first: number,
    count: number,
  ): Window {
    this.#call.checkBuffers(this.#action, [[name, data]]);
    return this.#call.windowOn(data, first * 4, count * 4);
  }
}
