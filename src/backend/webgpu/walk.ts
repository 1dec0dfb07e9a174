import type { Dense, Level, Predictions } from '../backend.ts';
import type { Lanes } from './compile.ts';
import { ELEMENTS } from './pipelines.ts';
import { shares, type Walk, walkRuns } from './walk-runs.ts';

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
