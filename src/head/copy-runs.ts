import type { Dense } from '../backend/inputs.ts';
import type { HeadForm } from './form.ts';

/**
 * Copies every run of every level out of the head or into it, on a GPU in one submission.
 *
 * @param levels levels in arrays if the head is in an array, else in buffers
 * @param device the buffers' device
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

/** A position in a tensor. */
interface Place {
  data: Dense;
  /** Number of elements before the position. */
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
