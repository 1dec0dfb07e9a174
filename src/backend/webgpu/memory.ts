import type { Gpu } from './gpu.ts';
import type { Binding } from './pass.ts';
import type { BufferPool } from './pool.ts';
import type { Recorder } from './recorder.ts';

// GPUBufferUsage, which is no global in every runtime.
const MAP_READ = 0x01;
const COPY_SRC = 0x04;
const COPY_DST = 0x08;
export const STORAGE = 0x80;

/** Bytes on their way to the host; `mapped` once they are there. */
export interface Readback {
  readonly mapped: Promise<void>;
  /** The bytes. */
  range(): ArrayBuffer;
  /** Releases the bytes. */
  done(): void;
}

/** Buffers of one call, from the criterion's pool. */
export class Memory {
  readonly #gpu: Gpu;
  readonly #pool: BufferPool;
  readonly #taken: GPUBuffer[] = [];
  /** Requests for maps of copies, which are made once the copies are submitted. */
  #pending: (() => void)[] = [];

  constructor(gpu: Gpu, pool: BufferPool) {
    this.#gpu = gpu;
    this.#pool = pool;
  }

  /** Scratch of at least `bytes`. */
  take(bytes: number, usage: number): Binding {
    // No binding may be empty
    const size = Math.max(4, bytes);
    const buffer = this.#pool.take(size, usage);
    this.#taken.push(buffer);
    return { buffer, offset: 0, size };
  }

  takeReadable(bytes: number): Binding {
    return this.take(bytes, STORAGE | COPY_SRC);
  }

  upload(
    data:
      | Uint8Array<ArrayBuffer>
      | Int32Array<ArrayBuffer>
      | Uint32Array<ArrayBuffer>
      | Float32Array<ArrayBuffer>,
  ): Binding {
    const binding = this.take(data.byteLength, STORAGE | COPY_SRC | COPY_DST);
    // Deno 2.9 panics at an empty array, the package webgpu crashes at shared memory
    const isShared = !(data.buffer instanceof ArrayBuffer);
    if (data.length > 0) {
      this.#gpu.device.queue.writeBuffer(binding.buffer, 0, isShared ? data.slice() : data);
    }
    return binding;
  }

  /** Creates a buffer that the caller keeps. */
  createOutput(size: number): GPUBuffer {
    return this.#gpu.device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
  }

  /** Copies to the host, once the recorder is submitted. */
  read(recorder: Recorder, { buffer, size }: Binding): Readback {
    const staging = this.take(size, MAP_READ | COPY_DST).buffer;
    recorder.copy(buffer, staging, size);
    let resolve = (_: Promise<void>) => {};
    const mapped = new Promise<void>((settle) => (resolve = settle));
    this.#pending.push(() => resolve(staging.mapAsync(1, 0, size)));
    return {
      mapped,
      range: () => staging.getMappedRange(0, size),
      done: () => staging.unmap(),
    };
  }

  /** Submits recorders one by one, so that the copies of the first reach the host before the second is done. */
  submit(...recorders: Recorder[]): void {
    for (const recorder of recorders) {
      if (recorder.isEmpty) continue;
      this.#taken.push(recorder.submit(this.#gpu.device, this.#pool));
    }
    for (const map of this.#pending.splice(0)) map();
  }

  /** Gives all buffers back. The device finishes its work on them before their next use. */
  end(): void {
    this.#pool.give(this.#taken.splice(0));
  }
}
