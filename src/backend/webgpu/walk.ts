import type { Dense, Level, Predictions } from '../inputs.ts';
import type { Lanes } from './compile.ts';
import { ELEMENTS, shares, type WalkShape, walkRuns } from './walk-runs.ts';

/**
 * Number of elements that threads can take at a time: four where all of the level's strides, and the places where it
 * begins in its bindings, are multiples of four.
 */
export function lanesOf(
  { channels }: Predictions<Dense>,
  { cellStride, imageStride }: Level<Dense>,
  ...bases: number[]
): Lanes {
  const stride = cellStride === 1 ? imageStride : channels;
  return [stride, ...bases].every((elements) => elements % 4 === 0) ? 4 : 1;
}

/** Shares `kept` neighbouring channels of `images` images among threads, in units of `lanes` elements. */
export function walkOf(
  pass: keyof typeof ELEMENTS,
  { channels }: Predictions<Dense>,
  { cellStride, cells, imageStride }: Level<Dense>,
  images: number,
  kept: number,
  lanes: Lanes,
): WalkShape {
  const most = ELEMENTS[pass] / lanes;
  if (cellStride === 1) return walkRuns(images, imageStride / lanes, (kept * cells) / lanes, most);
  const rows = images * cells;
  const pitch = Math.ceil(rows / most);
  const span = kept / lanes;
  return {
    threads: pitch * span,
    span,
    majorStride: channels / lanes,
    step: (pitch * channels) / lanes,
    ...shares(rows, pitch),
    planar: 0,
  };
}
