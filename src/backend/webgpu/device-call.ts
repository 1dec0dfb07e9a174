import { BackendError } from '../../errors.ts';
import type { BufferRange, Dense } from '../inputs.ts';
import { checkBuffer } from './check-buffer.ts';
import type { Pipelines } from './compile.ts';
import type { CriteriaPasses } from './generated/criteria.ts';
import type { Gpu } from './gpu.ts';
import { Memory, type Readback } from './memory.ts';
import type { Binding, PassTypes } from './pass.ts';
import type { BufferPool } from './pool.ts';
import { Recorder } from './recorder.ts';
import { type Window, windowOn } from './tensors.ts';

/** An array of the caller's, and how values that arrive for it are stored. */
interface Output {
  readback: Readback;
  target: Float32Array;
  length: number;
  store(values: Float32Array): void;
}

/**
 * One call's memory and work on the device, until it ends. All that its stages record before they wait is submitted and
 * waited for as one, so that an error of any of them leaves nothing written.
 */
export class DeviceCall<Types extends PassTypes<keyof Types> = CriteriaPasses> {
  readonly gpu: Gpu;
  readonly memory: Memory;
  /** Name of the call in messages. */
  readonly action: string;
  readonly #pipelines: Pipelines<keyof Types> | undefined;
  #recorder: Recorder<Types>;
  #behind: Recorder<Types>;
  /** Checks of the device's errors that nobody has waited for. */
  #checks: Promise<void>[] = [];
  #reads: { readback: Readback; store: (bytes: ArrayBuffer) => void }[] = [];
  #outputs: Output[] = [];
  #flush: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;

  /** @param pipelines of the passes to dispatch, if there are any */
  constructor(gpu: Gpu, pool: BufferPool, action: string, pipelines?: Pipelines<keyof Types>) {
    this.gpu = gpu;
    this.memory = new Memory(gpu, pool);
    this.action = action;
    this.#pipelines = pipelines;
    this.#recorder = new Recorder(pipelines);
    this.#behind = new Recorder(pipelines);
  }

  /** Takes work that is submitted at the next wait. */
  get recorder(): Recorder<Types> {
    return this.#recorder;
  }

  /** Takes work that the next wait is not for: it is submitted behind all else. */
  get behind(): Recorder<Types> {
    return this.#behind;
  }

  /** Runs work that touches the device; its errors are met at the next wait. Throws BackendError GPU_LOST. */
  scoped<T>(work: () => T): T {
    this.gpu.checkAlive(this.action);
    const { value, check } = this.gpu.scoped(this.action, work);
    this.#expect(check);
    return value;
  }

  /**
   * Submits the work that was recorded, by this stage and by those that began with it, waits for the device, and stores
   * the results. A call waits for the device nowhere else.
   */
  wait(): Promise<void> {
    // Not at once: others may be about to record
    this.#flush ??= Promise.resolve().then(() => this.#submit());
    return this.#flush;
  }

  /** Runs a stage; if it fails, so does every other that waits or will. */
  async stage<T>(work: () => Promise<T>): Promise<T> {
    return this.gpu.guard(this.action, async () => {
      try {
        return await work();
      } catch (error) {
        this.#failure ??= { error };
        throw error;
      }
    });
  }

  /** Has the next wait bring bytes to the host. */
  read(binding: Binding, store: (bytes: ArrayBuffer) => void): void {
    this.#reads.push({ readback: this.memory.read(this.#recorder, binding), store });
  }

  /** Has the next wait bring bytes to an array of the caller's: if one of these arrays is gone, none is written. */
  readInto(
    target: Float32Array,
    binding: Binding,
    store: (values: Float32Array) => void = (values) =>
      target.set(values.subarray(0, target.length)),
  ): void {
    const readback = this.memory.read(this.#recorder, binding);
    this.#outputs.push({ readback, target, length: target.length, store });
  }

  /** Has the next wait fail if a tensor is in a buffer that the device does not take. */
  checkBuffers(tensors: readonly { name: string; data: Dense }[]): void {
    for (const { name, data } of tensors) {
      if (data instanceof Float32Array) continue;
      this.#expect(checkBuffer(this.gpu, this.action, name, data.buffer));
    }
  }

  /** Elements of a tensor to be read; they go to the device unless they are there. */
  input(data: Dense, first: number, count: number): Window {
    if (!(data instanceof Float32Array)) return this.windowOn(data, first, count);
    const part = data.subarray(first, first + count) as Float32Array<ArrayBuffer>;
    return { ...this.memory.upload(part), base: 0 };
  }

  /**
   * Elements of a tensor to be written; they come to the host unless they belong on the device.
   *
   * @param isKept whether the device needs their present values
   */
  output(data: Dense, first: number, count: number, isKept = false): Window {
    if (!(data instanceof Float32Array)) return this.windowOn(data, first, count);
    const part = data.subarray(first, first + count) as Float32Array<ArrayBuffer>;
    const { memory } = this;
    const binding = isKept ? memory.upload(part) : memory.takeReadable(count * 4);
    this.readInto(part, binding);
    return { ...binding, base: 0 };
  }

  /** Elements of a tensor on the device. */
  windowOn({ buffer, offset }: BufferRange, first: number, count: number): Window {
    const { minStorageBufferOffsetAlignment } = this.gpu.device.limits;
    return windowOn(buffer, offset + first * 4, count * 4, minStorageBufferOffsetAlignment);
  }

  /** A buffer for the caller, who keeps it. Throws BackendError GPU_LOST. */
  createOutput(size: number): BufferRange {
    const buffer = this.scoped(() => this.memory.createOutput(size));
    return { buffer, offset: 0, size };
  }

  /** Throws if the call has failed or ended. */
  checkOpen(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Gives everything back; work that was recorded meanwhile is not submitted. */
  end(): void {
    this.#failure ??= { error: new BackendError('GPU_INTERNAL', 'the call has ended') };
    this.memory.end();
  }

  /** Has the next wait fail where a check does. There may be none: what is thrown before it comes first. */
  #expect(check: Promise<void>): void {
    check.catch(() => {});
    this.#checks.push(check);
  }

  async #submit(): Promise<void> {
    this.#flush = undefined;
    this.checkOpen();
    const [recorder, behind] = [this.#recorder, this.#behind];
    const [reads, outputs] = [this.#reads, this.#outputs];
    [this.#recorder, this.#reads, this.#outputs] = [new Recorder(this.#pipelines), [], []];
    this.#behind = new Recorder(this.#pipelines);
    this.scoped(() => this.memory.submit(recorder, behind));
    const checks = this.#checks;
    this.#checks = [];
    const mapped = [...reads, ...outputs].map(({ readback }) => readback.mapped);
    await this.gpu.wait(this.action, [...checks, ...mapped]);
    for (const { readback, store } of reads) {
      store(readback.range());
      readback.done();
    }
    const areThere = outputs.every(({ target, length }) => target.length === length);
    for (const { readback, store } of outputs) {
      // An array that was taken away meanwhile is an error of the criterion's
      if (areThere) store(new Float32Array(readback.range()));
      readback.done();
    }
  }
}
