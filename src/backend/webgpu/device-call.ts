import { BackendError } from '../../errors.ts';
import type { BufferRange, Dense } from '../backend.ts';
import { checkBuffer } from './check-buffer.ts';
import type { Gpu } from './gpu.ts';
import type { Memory, Readback } from './memory.ts';
import type { Pipelines } from './pipelines.ts';
import { type Binding, Recorder } from './recorder.ts';
import { type Window, windowOn } from './tensors.ts';

/** An array of the caller's, and how what arrives for it is stored. */
interface Output {
  readback: Readback;
  target: Float32Array;
  length: number;
  store(values: Float32Array): void;
}

/**
 * What one call has on the device until it ends. What its stages record before they wait is submitted and waited for as
 * one, so that an error of any of them leaves nothing written.
 */
export class DeviceCall {
  readonly gpu: Gpu;
  readonly memory: Memory;
  readonly #pipelines: Pipelines | undefined;
  #recorder: Recorder;
  #behind: Recorder;
  /** What the device found that nobody has waited for. */
  #checks: Promise<void>[] = [];
  #reads: { readback: Readback; store: (bytes: ArrayBuffer) => void }[] = [];
  #outputs: Output[] = [];
  #flush: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;

  /** @param pipelines of a criterion's passes, if there are any to dispatch */
  constructor(gpu: Gpu, memory: Memory, pipelines?: Pipelines) {
    this.gpu = gpu;
    this.memory = memory;
    this.#pipelines = pipelines;
    this.#recorder = new Recorder(pipelines);
    this.#behind = new Recorder(pipelines);
  }

  /** Takes what will be submitted at the next wait. */
  get recorder(): Recorder {
    return this.#recorder;
  }

  /** The same of what the wait is not for: it goes behind all else. */
  get behind(): Recorder {
    return this.#behind;
  }

  /** Does what touches the device; its errors are met at the next wait. Throws BackendError GPU_LOST. */
  scoped<T>(action: string, work: () => T): T {
    this.gpu.checkAlive(action);
    const { value, check } = this.gpu.scoped(action, work);
    this.#expect(check);
    return value;
  }

  /**
   * Submits what was recorded, by this stage and by those that began with it, waits for the device, and stores what it
   * gives. The only place where a call waits for it.
   */
  wait(action: string): Promise<void> {
    // Not at once: others may be about to record
    this.#flush ??= Promise.resolve().then(() => this.#submit(action));
    return this.#flush;
  }

  /** What a stage gives; where it fails, so does every other that waits or will. */
  async stage<T>(action: string, work: () => Promise<T>): Promise<T> {
    return this.gpu.guard(action, async () => {
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

  /** The same of what belongs in an array of the caller's: where one of these is gone, none is written. */
  readInto(
    target: Float32Array,
    binding: Binding,
    store: (values: Float32Array) => void = (values) =>
      target.set(values.subarray(0, target.length)),
  ): void {
    const readback = this.memory.read(this.#recorder, binding);
    this.#outputs.push({ readback, target, length: target.length, store });
  }

  /** Has the next wait fail where a tensor is in a buffer that the device does not take. */
  checkBuffers(action: string, tensors: readonly { name: string; data: Dense }[]): void {
    for (const { name, data } of tensors) {
      if (data instanceof Float32Array) continue;
      this.#expect(checkBuffer(this.gpu, action, name, data.buffer));
    }
  }

  /** Elements of a tensor to be read; they go to the device unless they are there. */
  input(data: Dense, first: number, count: number): Window {
    if (!(data instanceof Float32Array)) return this.windowOn(data, first, count);
    const part = data.subarray(first, first + count) as Float32Array<ArrayBuffer>;
    return { ...this.memory.upload(part), base: 0 };
  }

  /** Elements of a tensor to be written; they come to the host unless they belong on the device. */
  output(data: Dense, first: number, count: number): Window {
    if (!(data instanceof Float32Array)) return this.windowOn(data, first, count);
    const binding = this.memory.takeReadable(count * 4);
    this.readInto(data.subarray(first, first + count), binding);
    return { ...binding, base: 0 };
  }

  /** Elements of a tensor on the device. */
  windowOn({ buffer, offset }: BufferRange, first: number, count: number): Window {
    const { minStorageBufferOffsetAlignment } = this.gpu.device.limits;
    return windowOn(buffer, offset + first * 4, count * 4, minStorageBufferOffsetAlignment);
  }

  /** Gives everything back; what was recorded meanwhile is not submitted. */
  end(): void {
    this.#failure ??= { error: new BackendError('GPU_INTERNAL', 'the call has ended') };
    this.memory.end();
  }

  /** Has the next wait fail where a check does. There may be none: what is thrown before it comes first. */
  #expect(check: Promise<void>): void {
    check.catch(() => {});
    this.#checks.push(check);
  }

  async #submit(action: string): Promise<void> {
    this.#flush = undefined;
    if (this.#failure) throw this.#failure.error;
    const [recorder, behind] = [this.#recorder, this.#behind];
    const [reads, outputs] = [this.#reads, this.#outputs];
    [this.#recorder, this.#reads, this.#outputs] = [new Recorder(this.#pipelines), [], []];
    this.#behind = new Recorder(this.#pipelines);
    this.scoped(action, () => this.memory.submit(recorder, behind));
    const checks = this.#checks;
    this.#checks = [];
    const mapped = [...reads, ...outputs].map(({ readback }) => readback.mapped);
    await this.gpu.wait(action, [...checks, ...mapped]);
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
