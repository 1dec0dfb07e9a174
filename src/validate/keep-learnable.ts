import type { GroupedTargets } from '../backend/inputs.ts';

/**
 * Removes rotated targets that are too small. Regions to ignore stay.
 *
 * @param smallestSide shortest side of those that are kept, pixels
 */
export function keepLearnable(
  { offsets, source, cls, boxes, angles, weights, ignore, given }: GroupedTargets,
  { imageWidth, imageHeight }: { imageWidth: number; imageHeight: number },
  smallestSide: number,
): GroupedTargets {
  const isKept = (row: number) =>
    ignore?.[row] === 1 ||
    Math.min(boxes[4 * row + 2] * imageWidth, boxes[4 * row + 3] * imageHeight) >= smallestSide;
  const rows = Int32Array.from(source.keys()).filter(isKept);
  const boxOf = (i: number) => boxes[4 * rows[i >> 2] + (i & 3)];
  return {
    offsets: offsets.map((end) => lowerBound(rows, end)),
    source: rows.map((row) => source[row]),
    cls: rows.map((row) => cls[row]),
    boxes: Float64Array.from({ length: 4 * rows.length }, (_, i) => boxOf(i)),
    angles: Float64Array.from(rows, (row) => angles[row]),
    weights: weights && Float64Array.from(rows, (row) => weights[row]),
    ignore: ignore && Uint8Array.from(rows, (row) => ignore[row]),
    given,
  };
}

/** Number of values below the bound. */
function lowerBound(ascending: Int32Array, bound: number): number {
  const end = ascending.findIndex((value) => value >= bound);
  return end < 0 ? ascending.length : end;
}
