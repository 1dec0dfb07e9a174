/**
 * The words that the main thread and its workers share, at the front of their memory: counters, then a header
 * a slot. A slot is a stretch of memory and one kernel call on it.
 */

/** Words (int32) from the start of the control block. */
export const EPOCH = 0;
export const SLEEPERS = 1;
const COUNTER_BYTES = 64;

/** Bytes of a slot's header: whole cache lines, so that threads do not share one. */
const HEADER_BYTES = 192;
/** Words (int32) from the start of a header. */
export const STATE = 0;
export const KERNEL = 1;
/** Words (float64) from the start of a header. */
export const RESULT = 1;
export const ARGUMENTS = 2;
export const MAX_ARGUMENTS = 16;
/** Word (int32) behind all others of a header: 1 where the kernel writes to a tensor. */
export const IN_PLACE = 36;

/** States of a slot. */
export const FREE = 0;
export const POSTED = 1;
/** Whoever moves a slot from POSTED runs its kernel. */
export const RUNNING = 2;
/** As RUNNING, where the kernel writes to a tensor: nobody else may do it again meanwhile. */
export const WRITING = 3;
export const DONE = 4;
/** Its kernel trapped. */
export const FAILED = 5;
/** The main thread has done the task itself: nothing may be written any more. */
export const ABANDONED = 6;

export function headerOf(control: number, slot: number): number {
  return control + COUNTER_BYTES + slot * HEADER_BYTES;
}

/** The message to a worker. It answers with any message when it is ready to run kernels. */
export interface WorkerStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Address of the control block. */
  control: number;
  slots: number;
  /** Names of the kernels by their number. */
  kernels: readonly string[];
}
