import type { KernelTable, Layout, Views } from './layout.ts';
import type { Instance } from './module.ts';
import type { Task } from './task.ts';

/** Calls the kernels of one instance, each with the address of its parameters. */
export class KernelCalls<K> {
  /** Names of the kernels, in the order of their numbers. */
  readonly names: readonly (keyof K & string)[];
  /** Bytes that hold the parameters of any kernel, a multiple of 16. */
  readonly parameterBytes: number;
  readonly #table: KernelTable<K>;
  readonly #exports: Instance['exports'];
  readonly #views: Views;

  constructor(table: KernelTable<K>, exports: Instance['exports'], views: Views) {
    this.names = Object.keys(table) as (keyof K & string)[];
    this.parameterBytes = parameterBytesOf(table);
    this.#table = table;
    this.#exports = exports;
    this.#views = views;
  }

  /** Writes parameters and calls the kernel. @param at address of `parameterBytes` bytes */
  call<Name extends keyof K & string>(kernel: Name, parameters: K[Name], at: number): number {
    this.#table[kernel].write(this.#views, at, parameters);
    return this.run(kernel, at);
  }

  /** Calls a kernel with parameters that are already written. */
  run(kernel: keyof K & string, at: number): number {
    return this.#exports[kernel](at);
  }

  /** Loads a task into a slot: first the parameters, then the data. */
  load(task: Task<K>, slot: number): void {
    const parameters = task.load(slot + this.parameterBytes);
    this.#table[task.kernel].write(this.#views, slot, parameters);
  }

  /** Takes a task's results out of its slot. */
  store(task: Task<K>, slot: number, result: number): void {
    task.store(slot + this.parameterBytes, result);
  }

  /** Runs a whole task on this thread. */
  perform(task: Task<K>, slot: number): void {
    this.load(task, slot);
    this.store(task, slot, this.run(task.kernel as keyof K & string, slot));
  }
}

/** Bytes that hold the parameters of any kernel, a multiple of 16. */
export function parameterBytesOf<K>(table: KernelTable<K>): number {
  const sizes = Object.values<Layout<never>>(table).map(({ bytes }) => bytes);
  return Math.ceil(Math.max(...sizes) / 16) * 16;
}
