import { type AnchorTargets, evenCount } from '../assign/positives.ts';

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
