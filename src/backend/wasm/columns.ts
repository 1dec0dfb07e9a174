import { type AnchorTargets, evenCount, type Positives } from '../assign/positives.ts';

/** A tensor [B, C, A], of which the values of some anchors are wanted. */
export interface Columns {
  data: Float32Array;
  channels: number;
  anchors: number;
}

/** Copies the values of some positives to one place, f32 [C, even P], padded with zeros. */
export function gatherColumns(
  f32: Float32Array,
  { data, channels, anchors: pitch }: Columns,
  { image, anchors }: AnchorTargets,
  to: number,
): void {
  const even = evenCount(anchors.length);
  for (let channel = 1; channel <= channels; channel++) f32[(to >>> 2) + channel * even - 1] = 0;
  for (let i = 0; i < anchors.length; i++) {
    let from = image * channels * pitch + anchors[i];
    for (let channel = 0; channel < channels; channel++, from += pitch) {
      f32[(to >>> 2) + channel * even + i] = data[from];
    }
  }
}

/** Copies such values back to the tensor. */
export function scatterColumns(
  f32: Float32Array,
  { data, channels, anchors: pitch }: Columns,
  { image, anchors }: AnchorTargets,
  from: number,
): void {
  const even = evenCount(anchors.length);
  for (let i = 0; i < anchors.length; i++) {
    let to = image * channels * pitch + anchors[i];
    for (let channel = 0; channel < channels; channel++, to += pitch) {
      data[to] = f32[(from >>> 2) + channel * even + i];
    }
  }
}

/** Values of the positives of all images, f32 [C, P]. */
export function valuesOf(columns: Columns, positives: Positives): Float32Array {
  const values = new Float32Array(columns.channels * positives.anchors.length);
  eachValue(columns, positives, (at, own) => {
    values[own] = columns.data[at];
  });
  return values;
}

/** Adds such values to the tensor. */
export function addValues(columns: Columns, positives: Positives, values: Float32Array): void {
  eachValue(columns, positives, (at, own) => {
    columns.data[at] += values[own];
  });
}

/** Calls `visit` with the place of each value in the tensor, and among the values. */
function eachValue(
  { channels, anchors: pitch }: Columns,
  { images, anchors }: Positives,
  visit: (at: number, own: number) => void,
): void {
  for (let p = 0; p < anchors.length; p++) {
    const first = images[p] * channels * pitch + anchors[p];
    for (let channel = 0; channel < channels; channel++) {
      visit(first + channel * pitch, channel * anchors.length + p);
    }
  }
}
