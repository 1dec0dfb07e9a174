import type { Dense, Level, Predictions } from '../backend.ts';
import type { Lanes } from './compile.ts';
import { ELEMENTS } from './pipelines.ts';

/** How the threads of a dense pass share a level's elements, see gpu/lib/walk.wgsl. */
export interface Walk {
  threads: number;
  /** In the order of the shader's struct, but its last, the base. */
  words: readonly number[];
}

/**
 * How many elements threads can take at a time: four where all of the level's strides, and where it begins in its
 * bindings, are multiples of four.
 */
export function lanesOf(
  { channels }: Predictions<Dense>,
  { cellStride, imageStride }: Level<Dense>,
  ...bases: number[]
): Lanes {
  const stride = cellStride === 1 ? imageStride : channels;
  return [stride, ...bases].every((elements) => elements % 4 === 0) ? 4 : 1;
}

/** Over `kept` neighbouring channels of `images` images; in units of `lanes` elements. */
export function walkOf(
  pass: keyof typeof ELEMENTS,
  { channels }: Predictions<Dense>,
  { cellStride, cells, imageStride }: Level<Dense>,
  images: number,
  kept: number,
  lanes: Lanes,
): Walk {
  const most = ELEMENTS[pass] / lanes;
  if (cellStride === 1) return walkRuns(images, imageStride / lanes, (kept * cells) / lanes, most);
  const rows = images * cells;
  const pitch = Math.ceil(rows / most);
  const span = kept / lanes;
  const threads = pitch * span;
  const step = (pitch * channels) / lanes;
  const words = [threads, span, channels / lanes, step, ...shares(rows, pitch), 0];
  return { threads, words };
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
function shares(all: number, takers: number): [count: number, more: number] {
  return [Math.floor(all / takers), all % takers];
}
