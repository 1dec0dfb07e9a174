/** Sizes are rounded up to eighths of a power of two, so that calls of about one size share buffers. */
const STEPS = 8;
const LEAST_BYTES = 256;

interface Idle {
  buffer: GPUBuffer;
  /** Number of calls that ended since its last use. */
  age: number;
}

/** Number of calls after which an unused buffer is destroyed. */
const MAX_AGE = 8;

/** Buffers of one criterion. A call takes them and gives them back for the next one. */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #idle = new Map<string, Idle[]>();
  #isDisposed = false;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** A buffer of at least `bytes`; its contents are arbitrary. */
  take(bytes: number, usage: number): GPUBuffer {
    // A rounded size may not exceed the device's limit
    const size = Math.max(bytes, Math.min(roundUp(bytes), this.#device.limits.maxBufferSize));
    const buffer = this.#idle.get(keyOf(size, usage))?.pop()?.buffer;
    return buffer ?? this.#device.createBuffer({ size, usage });
  }

  /** Takes back the buffers of a call. */
  give(buffers: readonly GPUBuffer[]): void {
    for (const buffer of buffers) {
      // A buffer that is still mapped, or about to be, cannot be used again
      if (this.#isDisposed || buffer.mapState !== 'unmapped') {
        buffer.destroy();
        continue;
      }
      const key = keyOf(buffer.size, buffer.usage);
      const idle = this.#idle.get(key) ?? [];
      this.#idle.set(key, idle);
      idle.push({ buffer, age: 0 });
    }
    this.#retire();
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const idle of this.#idle.values()) for (const { buffer } of idle) buffer.destroy();
    this.#idle.clear();
  }

  #retire(): void {
    for (const [key, idle] of this.#idle) {
      const kept = idle.filter((entry) => ++entry.age <= MAX_AGE);
      for (const entry of idle) if (entry.age > MAX_AGE) entry.buffer.destroy();
      if (kept.length > 0) this.#idle.set(key, kept);
      else this.#idle.delete(key);
    }
  }
}

function roundUp(bytes: number): number {
  const step = Math.max(LEAST_BYTES, 2 ** Math.floor(Math.log2(bytes)) / STEPS);
  return Math.max(1, Math.ceil(bytes / step)) * step;
}

function keyOf(size: number, usage: number): string {
  return `${size} ${usage}`;
}
