/**
 * One kernel call on a slot, a range of WASM memory. Any thread may run the kernel, but only the main thread copies
 * between the slot and the caller's arrays.
 *
 * `K` is the map of a program's kernels to their parameters.
 */
export type Task<K> = { [Name in keyof K]: KernelTask<K, Name> }[keyof K];

interface KernelTask<K, Name extends keyof K> {
  readonly kernel: Name;
  /** Whether the kernel writes to a tensor in WASM memory. */
  readonly isInPlace?: boolean;
  /**
   * Copies the kernel's inputs into the slot at this address and returns its parameters. Loop bounds must be in either,
   * because a late worker may find all other memory overwritten.
   */
  load(slot: number): K[Name];
  /** Copies the kernel's results out of the slot. */
  store(slot: number, result: number): void;
}

/** Step of a chain that waits until the results of all its tasks so far are stored. */
export const JOIN = null;

/** Tasks of one image in a stage, or of a plain loss, with the main thread's work between them. It joins at the end. */
export type Chain<K, T> = Generator<Task<K> | typeof JOIN, T, void>;

/** Room behind every block of a slot: kernels read and write whole vectors. */
const SLACK = 32;

/** Offsets of consecutive blocks in a slot. */
export class SlotLayout {
  /** Offset behind the last block. */
  end = 0;

  /** Adds a block and returns its offset, a multiple of 16. */
  take(bytes: number): number {
    const offset = this.end;
    this.end = (offset + bytes + SLACK + 15) & ~15;
    return offset;
  }
}
