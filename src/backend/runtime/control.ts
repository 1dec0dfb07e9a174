/**
 * Layout of the words that the main thread and its workers share: counters, then one header per slot. A slot is a
 * range of memory and one kernel call on it.
 */

/** Words (int32) from the start of the control block. */
export const EPOCH = 0;
/** Number of workers that have gone to sleep since the main thread last woke all of them. */
export const SLEEPERS = 1;
/** First of two words, in which each worker that is ready has its bit. */
export const READY = 2;
export const READY_WORDS = 2;
const COUNTER_BYTES = 64;

/** Size of a slot's header in bytes: a whole cache line, so that threads do not share one. */
const HEADER_BYTES = 64;
/** Words (int32) from the start of a header. */
export const STATE = 0;
/** Number of the kernel in the program's table. */
export const KERNEL = 1;
/** Address of the kernel's parameters. */
export const PARAMETERS = 2;
/** Word (float64) from the start of a header. */
export const RESULT = 2;

/** States of a slot. */
export const FREE = 0;
export const POSTED = 1;
/** The thread that moves a slot from POSTED to RUNNING runs its kernel, and no other thread does. */
export const RUNNING = 2;
export const DONE = 3;
/** The kernel trapped. */
export const FAILED = 4;

export function headerOf(control: number, slot: number): number {
  return control + COUNTER_BYTES + slot * HEADER_BYTES;
}

/** Size of the control block. */
export function controlBytes(slots: number): number {
  return headerOf(0, slots);
}

/** The message to a worker. When it is ready to run kernels, it sets its bit of READY and answers with any message. */
export interface WorkerStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Address of the control block. */
  control: number;
  slots: number;
  /** Number of the worker. */
  index: number;
  /** Names of the kernels by their number. */
  kernels: readonly string[];
}
