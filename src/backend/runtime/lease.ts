import type { DetectionLossConfig } from '../../types.ts';
import type { EngineCall } from './engine-call.ts';

export type WasmOptions = Pick<DetectionLossConfig, 'wasm' | 'worker'> & {
  threads: 'auto' | number;
};

/** Facts by which a lease decides whether a call's work is shared with workers. */
export interface Use {
  /** Method and loss: calls of another name or size are measured apart. */
  name: string;
  /** Number of input values. */
  values: number;
  /** Tensors that kernels can read and write in place if they lie in the memory that threads share. */
  tensors: readonly unknown[];
}

export interface Lease<K> {
  /** Number of threads that work at present, including the calling thread. */
  readonly threads: number;
  /** Reason for that number, as a sentence. */
  readonly threadsReason: string;
  /** Opens a call, on the engine that takes less time for it. `use` is asked only if there is a choice. */
  open(use: () => Use): EngineCall<K>;
  /**
   * Checks that a call may write to an output.
   *
   * @throws {ShapeError} OUT_ALIASES_INPUT: it overlaps the kernels' own data
   * @throws {BackendError} THREADS_LOST: a lost worker may still write to it
   */
  checkOut(action: string, name: string, out: object | null): void;
  /** Allocates zeros, in the memory that threads share if there is one, until the release. Throws BackendError. */
  allocate(length: number): Float32Array;
  /** Ends the use of the engines; the last user ends the workers. */
  release(): void;
}

/** Releases the lease of an owner that is collected without a dispose; a second release does nothing. */
export function releaseWithOwner(owner: object, release: () => void): void {
  forgotten.register(owner, release);
}

const forgotten = new FinalizationRegistry<() => void>((release) => release());
