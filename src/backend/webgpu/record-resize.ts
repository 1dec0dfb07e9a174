import type { CriteriaPasses } from './generated/criteria.ts';
import type { Binding } from './pass.ts';
import type { Recorder } from './recorder.ts';
import type { Window } from './tensors.ts';

type ResizePass = 'resize' | 'resizeGrad';

/** Planes of one size that are resized to another. */
export interface Planes {
  /** Number of planes of all images. */
  count: number;
  from: Size;
  to: Size;
}

interface Size {
  height: number;
  width: number;
}

/**
 * Resizes planes bilinearly, or, backwards, their gradient.
 *
 * @param whole f32 of the planes' own size: read, or, backwards, written
 * @param resized f32 of the new size: written, or, backwards, read
 */
export function recordResize(
  recorder: Pick<Recorder<Pick<CriteriaPasses, ResizePass>>, 'dispatch'>,
  pass: ResizePass,
  label: string,
  { count, from, to }: Planes,
  whole: Window,
  resized: Binding,
): void {
  const uniforms = {
    base: whole.base,
    planes: count,
    height: from.height,
    width: from.width,
    newHeight: to.height,
    newWidth: to.width,
  };
  if (pass === 'resize') {
    const threads = count * to.height * to.width;
    recorder.dispatch(pass, label, threads, uniforms, { planes: whole, resized });
  } else {
    const threads = count * from.height * from.width;
    recorder.dispatch(pass, label, threads, uniforms, { resized, grads: whole });
  }
}
