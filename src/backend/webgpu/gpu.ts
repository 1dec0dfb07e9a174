import { firstLine } from '../../describe.ts';
import { BackendError, DetlossError } from '../../errors.ts';
import { Waits } from '../../stages.ts';

/** Interval between empty submits while the host waits, ms. */
const POKE_MS = 1;
/** Number of threads of the smallest subgroup in WebGPU. */
const LEAST_SUBGROUP = 4;
/** Longest time between an error, as of a buffer that cannot be mapped, and the announcement of the loss behind it, ms. */
const LOSS_MS = 1000;

/** A device, and the state that all criteria on it share. */
export class Gpu {
  readonly device: GPUDevice;
  /** Buffers of callers that the device is known to take. */
  readonly known = new WeakSet<GPUBuffer>();
  readonly #waits = new Waits();
  #loss: string | undefined;

  constructor(device: GPUDevice) {
    this.device = device;
    device.lost.then(({ reason, message }) => {
      this.#loss = message || reason || 'no reason was given';
      this.#waits.fail((action) => this.#lost(action));
    });
  }

  /** Number of a workgroup's threads in the device's smallest subgroup; 0: the device has no subgroups. */
  leastSubgroup(workgroup: number): number {
    const { device } = this;
    if (!device.features.has('subgroups')) return 0;
    // Deno 2.9 panics at the info of an adapter that was collected
    const info = 'Deno' in globalThis ? undefined : device.adapterInfo;
    return Math.min(info?.subgroupMinSize ?? LEAST_SUBGROUP, workgroup);
  }

  /** @throws {BackendError} GPU_LOST */
  checkAlive(action: string): void {
    if (this.#loss !== undefined) throw this.#lost(action);
  }

  /**
   * Waits on the host until all promises have settled, or the device is lost.
   *
   * Firefox looks for completed work every 100 ms, and whenever something is submitted, so this submits nothing now and then.
   * @throws what the first of them to be listed was rejected with; BackendError GPU_LOST
   */
  async wait(action: string, promises: readonly PromiseLike<unknown>[]): Promise<void> {
    this.checkAlive(action);
    const { queue } = this.device;
    const timer = setInterval(() => queue.submit([]), POKE_MS);
    try {
      const settled = await this.#waits.wait(action, Promise.allSettled(promises));
      const failed = (settled as PromiseSettledResult<unknown>[]).find(isRejected);
      if (failed) throw failed.reason;
    } finally {
      clearInterval(timer);
    }
  }

  /**
   * Runs work, and turns WebGPU's exceptions, which are many and differ by implementation, into this package's.
   *
   * @throws {BackendError} GPU_LOST, also where the loss behind an error is announced after it; GPU_INTERNAL
   */
  async guard<T>(action: string, work: () => PromiseLike<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw await this.#lossOr(action, error);
    }
  }

  /** Runs `work` and gathers the device's errors, which never reach the page; `check` rejects with the first. */
  scoped<T>(action: string, work: () => T): { value: T; check: Promise<void> } {
    const { device } = this;
    for (const filter of FILTERS) device.pushErrorScope(filter);
    let scopes: Promise<GPUError | null>[] = [];
    try {
      return { value: work(), check: Promise.resolve().then(() => firstError(action, scopes)) };
    } finally {
      scopes = FILTERS.map(() => device.popErrorScope());
      for (const scope of scopes) scope.catch(() => {});
    }
  }

  async #lossOr(action: string, error: unknown): Promise<Error> {
    const isOwn = error instanceof DetlossError;
    const patience = new Promise((resolve) => setTimeout(resolve, isOwn ? 0 : LOSS_MS));
    await Promise.race([this.device.lost, patience]);
    if (this.#loss !== undefined) return this.#lost(action);
    return isOwn ? error : internalError(action, `${error}`, error);
  }

  #lost(action: string): BackendError {
    const message = `${action}: needs its GPU device, which was lost: ${this.#loss}`;
    return new BackendError('GPU_LOST', message);
  }
}

/** Filters of the error scopes, the outermost first. */
const FILTERS = ['out-of-memory', 'internal', 'validation'] as const;
const gpus = new WeakMap<GPUDevice, Gpu>();

/** The `Gpu` of a device, made at the first call. */
export function gpuOf(device: GPUDevice): Gpu {
  let gpu = gpus.get(device);
  if (!gpu) {
    gpu = new Gpu(device);
    gpus.set(device, gpu);
  }
  return gpu;
}

/** @param scopes innermost, validation, first */
async function firstError(action: string, scopes: Promise<GPUError | null>[]): Promise<void> {
  const errors = await Promise.all(scopes);
  const [validation, internal, memory] = errors.map((error) => error && firstLine(error.message));
  if (memory) {
    throw new BackendError(
      'GPU_MEMORY',
      `${action}: needs more GPU memory than there is: ${memory}`,
    );
  }
  if (validation) {
    throw new BackendError(
      'GPU_BUFFER',
      `${action}: needs live buffers of its device: ${validation}`,
    );
  }
  if (internal) throw internalError(action, internal);
}

function internalError(action: string, message: string, cause?: unknown): BackendError {
  return new BackendError('GPU_INTERNAL', `${action}: the GPU failed: ${message}`, { cause });
}

function isRejected(result: PromiseSettledResult<unknown>): result is PromiseRejectedResult {
  return result.status === 'rejected';
}
