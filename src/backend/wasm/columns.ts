import { evenCount, type Positives } from './positives.ts';

/** Channels of the positives in a tensor [B, C, A]: `pitch` values apart. */
export interface Columns {
  data: Float32Array;
  channels: number;
  pitch: number;
}

/** Columns of a tensor [B, C, A]. */
export function columnsOf(data: Float32Array, channels: number, anchors: number): Columns {
  return { data, channels, pitch: anchors };
}

/** Where the values of the i-th of some positives begin. */
function startOf({ channels, pitch }: Columns, { image, anchors }: Positives, i: number): number {
  return image * channels * pitch + anchors[i];
}

/** Brings the values of some positives together: f32 [C, even P], padded with zeros. */
export function gatherColumns(
  f32: Float32Array,
  columns: Columns,
  positives: Positives,
  to: number,
): void {
  const { data, channels, pitch } = columns;
  const count = positives.anchors.length;
  const even = evenCount(count);
  for (let i = 0; i < count; i++) {
    let from = startOf(columns, positives, i);
    for (let channel = 0; channel < channels; channel++, from += pitch) {
      f32[(to >>> 2) + channel * even + i] = data[from];
    }
  }
  if (even === count) return;
  for (let channel = 1; channel <= channels; channel++) f32[(to >>> 2) + channel * even - 1] = 0;
}

/** The way back. */
export function scatterColumns(
  f32: Float32Array,
  columns: Columns,
  positives: Positives,
  from: number,
): void {
  const { data, channels, pitch } = columns;
  const count = positives.anchors.length;
  const even = evenCount(count);
  for (let i = 0; i < count; i++) {
    let to = startOf(columns, positives, i);
    for (let channel = 0; channel < channels; channel++, to += pitch) {
      data[to] = f32[(from >>> 2) + channel * even + i];
    }
  }
}
