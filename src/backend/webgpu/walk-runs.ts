import type { Walk } from './generated/shared.ts';

/** Shares of a dense pass's threads in the elements, without the place where these begin in their binding. */
export type WalkShape = Omit<Walk, 'base'>;

/**
 * Number of elements that a thread takes at most. Where they are summed it is large: a thread takes one logarithm, and
 * Π(1 + e) of so many factors, none above 2, is still a float32.
 */
export const ELEMENTS = { background: 64, finite: 16 } as const;

/**
 * Shares runs of neighbouring elements among threads.
 *
 * @param majorStride from the start of one run to that of the next
 * @param most elements that a thread takes at most
 */
export function walkRuns(
  runs: number,
  majorStride: number,
  length: number,
  most: number,
): WalkShape {
  const span = Math.ceil(length / most);
  const threads = runs * span;
  return { threads, span, majorStride, step: span, ...shares(length, span), planar: 1 };
}

/** Number of elements that each of some threads takes, and number of threads that take one more. */
export function shares(all: number, takers: number): Pick<Walk, 'count' | 'more'> {
  return { count: Math.floor(all / takers), more: all % takers };
}
