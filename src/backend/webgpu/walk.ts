import type { Dense, Level, Predictions } from '../backend.ts';
import { ELEMENTS } from './pipelines.ts';

/** How the threads of a dense pass share a level's elements, see gpu/lib/walk.wgsl. */
export interface Walk {
  threads: number;
  /** In the order of the shader's struct, but its last, the base. */
  words: readonly number[];
}

/** Over the channels from `lead` on, of `images` images. */
export function walkOf(
  pass: keyof typeof ELEMENTS,
  { channels }: Predictions<Dense>,
  { cellStride, cells, imageStride }: Level<Dense>,
  images: number,
  lead: number,
): Walk {
  const kept = channels - lead;
  if (cellStride === 1) {
    const run = kept * cells;
    const span = Math.ceil(run / ELEMENTS[pass]);
    return {
      threads: images * span,
      words: [images * span, span, imageStride, span, span, run, 1],
    };
  }
  const rows = images * cells;
  const pitch = Math.ceil(rows / ELEMENTS[pass]);
  const threads = pitch * kept;
  return { threads, words: [threads, kept, channels, pitch * channels, pitch, rows, 0] };
}
