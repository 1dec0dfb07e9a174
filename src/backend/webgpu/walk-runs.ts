/** How the threads of a dense pass share a level's elements, see gpu/lib/walk.wgsl. */
export interface Walk {
  threads: number;
  /** In the order of the shader's struct, but its last, the base. */
  words: readonly number[];
}

/**
 * Over runs of neighbouring elements.
 *
 * @param stride from the start of one run to that of the next
 * @param most elements a thread
 */
export function walkRuns(runs: number, stride: number, length: number, most: number): Walk {
  const span = Math.ceil(length / most);
  const threads = runs * span;
  return { threads, words: [threads, span, stride, span, ...shares(length, span), 1] };
}

/** How many of `all` each of some takes, and how many of them one more. */
export function shares(all: number, takers: number): [count: number, more: number] {
  return [Math.floor(all / takers), all % takers];
}
