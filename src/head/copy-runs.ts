import type { Dense } from '../backend/backend.ts';
import type { HeadForm } from './form.ts';

/**
 * Copies every run of every level, out of the head or into it. On a GPU the copies are commands of one submission.
 *
 * @param levels in arrays where the head is in one, else in buffers
 * @param device of the buffers
 */
export function copyRuns(
  { rows, rowLength, levels: parts }: HeadForm,
  head: Dense,
  levels: readonly Dense[],
  direction: 'split' | 'join',
  device: GPUDevice | undefined,
): void {
  const encoder = head instanceof Float32Array ? undefined : device?.createCommandEncoder();
  for (let row = 0; row < rows; row++) {
    parts.forEach(({ start, length }, l) => {
      const inHead = { data: head, start: row * rowLength + start };
      const inLevel = { data: levels[l], start: row * length };
      if (direction === 'split') copyRun(inHead, inLevel, length, encoder);
      else copyRun(inLevel, inHead, length, encoder);
    });
  }
  if (encoder) device?.queue.submit([encoder.finish()]);
}

/** A place in a tensor, elements. */
interface Place {
  data: Dense;
  start: number;
}

function copyRun(
  from: Place,
  to: Place,
  length: number,
  encoder: GPUCommandEncoder | undefined,
): void {
  if (from.data instanceof Float32Array) {
    const target = to.data as Float32Array;
    target.set(from.data.subarray(from.start, from.start + length), to.start);
    return;
  }
  const target = to.data as Exclude<Dense, Float32Array>;
  encoder?.copyBufferToBuffer(
    from.data.buffer,
    from.data.offset + 4 * from.start,
    target.buffer,
    target.offset + 4 * to.start,
    4 * length,
  );
}
