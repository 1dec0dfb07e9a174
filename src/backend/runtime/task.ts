import type { AnyKernels, Kernels } from '../programs/criteria/kernels.ts';
import type { LOSS_KERNELS } from '../programs/losses/kernels.ts';

/** Kernels that write to nothing but the slot they are given, or, where a task says so, to a tensor. */
export const TASK_KERNELS = [
  'decode',
  'choose',
  'alignPositives',
  'background',
  'regress',
  'masks',
  'keypoints',
] as const satisfies readonly (keyof Kernels)[];

/**
 * One kernel call on a slot, a stretch of WASM memory that is its own. Any thread may run the kernel; the main
 * thread alone copies between the slot and the caller's arrays.
 */
export interface Task {
  readonly kernel: (typeof TASK_KERNELS | typeof LOSS_KERNELS)[number];
  /** Whether the kernel writes to a tensor in WASM memory. */
  readonly isInPlace?: boolean;
  /**
   * Brings what the kernel needs into the slot at this address; gives its arguments. What bounds its loops must
   * be among these or in the slot: a late worker may find all else overwritten.
   */
  load(slot: number): number[];
  /** Takes what the kernel left out of the slot. */
  store(slot: number, result: number): void;
}

/** In a chain: wait until all its tasks so far are stored. */
export const JOIN = null;

/** One image's way through a stage, or a plain loss: tasks, and what lies between them, on the main thread. It joins before it ends. */
export type Chain<T> = Generator<Task | typeof JOIN, T, void>;

/** Room behind every block of a slot: kernels read and write whole vectors. */
const SLACK = 32;

/** Offsets in a slot of blocks of these sizes, one behind the other, and where the last one ends. */
export function layOut(...bytes: number[]): number[] {
  let end = 0;
  const offsets = [0];
  for (const size of bytes) {
    end = Math.ceil((end + size + SLACK) / 16) * 16;
    offsets.push(end);
  }
  return offsets;
}

/** Runs a kernel by its name. */
export function runKernel(kernels: AnyKernels, name: Task['kernel'], values: number[]): number {
  const byName = kernels as unknown as Record<Task['kernel'], (...values: number[]) => number>;
  return byName[name](...values);
}

/** Runs a whole task on this thread. */
export function perform(kernels: AnyKernels, task: Task, slot: number): void {
  task.store(slot, runKernel(kernels, task.kernel, task.load(slot)));
}
