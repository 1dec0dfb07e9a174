import type { Dense, Predictions } from '../backend/inputs.ts';
import { ShapeError } from '../errors.ts';
import { DECODED } from './head-hints.ts';

/**
 * Refuses decoded boxes, which have the shape of raw outputs if there is one bin a side: boxes in pixels, of which some
 * are larger than the grid, beside classes that are all probabilities. The search reads the first image's coarsest
 * level, and ends at the first value that rules them out. GPU buffers are not searched.
 *
 * @throws {ShapeError} TENSOR_SHAPE
 */
export function checkRaw(action: string, { name, levels, channels }: Predictions<Dense>): void {
  const last = levels.length - 1;
  const { data, height, width, cells, channelStride, cellStride } = levels[last];
  if (!(data instanceof Float32Array)) return;
  const some = (from: number, to: number, is: (value: number) => boolean) => {
    for (let channel = from; channel < to; channel++) {
      for (let cell = 0; cell < cells; cell++) {
        if (is(data[channel * channelStride + cell * cellStride])) return true;
      }
    }
    return false;
  };
  if (!some(0, 4, (distance) => distance > height + width)) return;
  if (some(4, channels, (value) => !(value >= 0 && value <= 1))) return;
  if (!some(4, channels, (value) => value > 0 && value < 1)) return;
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${action}: ${name}[${last}] holds boxes in pixels and probabilities${DECODED}`,
  );
}
