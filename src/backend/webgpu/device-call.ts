import type { BufferRange, Dense } from '../backend.ts';
import { checkBuffer } from './check-buffer.ts';
import type { Gpu } from './gpu.ts';
import type { Memory, Readback } from './memory.ts';
import { type Window, windowOn } from './tensors.ts';

/** What one call has on the device until it ends, and what the device found that nobody has waited for. */
export class DeviceCall {
  readonly gpu: Gpu;
  readonly memory: Memory;
  #checks: Promise<void>[] = [];

  constructor(gpu: Gpu, memory: Memory) {
    this.gpu = gpu;
    this.memory = memory;
  }

  /** Does what touches the device; its errors are met at the next wait. Throws BackendError GPU_LOST. */
  scoped<T>(action: string, work: () => T): T {
    this.gpu.checkAlive(action);
    const { value, check } = this.gpu.scoped(action, work);
    this.#checks.push(check);
    return value;
  }

  /** The only place where a call waits for the device. */
  wait(action: string, reads: readonly Readback[]): Promise<void> {
    const checks = this.#checks;
    this.#checks = [];
    return this.gpu.wait(action, [...checks, ...reads.map(({ mapped }) => mapped)]);
  }

  /** Has the next wait fail where a tensor is in a buffer that the device does not take. */
  checkBuffers(action: string, tensors: readonly (readonly [name: string, data: Dense])[]): void {
    for (const [name, data] of tensors) {
      if (data instanceof Float32Array) continue;
      this.#checks.push(checkBuffer(this.gpu, action, name, data.buffer));
    }
  }

  /** @param bytes from `start` on, in bytes from where the tensor begins */
  windowOn({ buffer, offset }: BufferRange, start: number, bytes: number): Window {
    const { minStorageBufferOffsetAlignment } = this.gpu.device.limits;
    return windowOn(buffer, offset + start, bytes, minStorageBufferOffsetAlignment);
  }

  /** Gives everything back. */
  end(): void {
    for (const check of this.#checks) check.catch(() => {});
    this.memory.end();
  }
}
