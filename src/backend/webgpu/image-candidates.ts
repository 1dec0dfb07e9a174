/** Half-open, of cells. */
export type Rectangle = readonly [x1: number, y1: number, x2: number, y2: number];

/** One image's targets, and where their candidates lie. */
export interface ImageCandidates {
  count: number;
  /** [count, 4] xyxy pixels; of rotated targets, as if they were not rotated. */
  boxes: Float64Array;
  /** [count, 7] centre, size, angle, its cosine and sine, pixels; null: targets are upright. */
  rotated: Float64Array | null;
  /** [L] rectangles [n, 4]. */
  cells: Int32Array[];
  /** [L] how many rectangles there are up to each target's last; null: one a target. */
  ends: Int32Array[] | null;
  /** [count] which chunk holds a target's pairs, and where in it they begin. */
  chunk: Int32Array;
  slot: Int32Array;
}

/** A target's candidates on a level. */
export function rectanglesOf(
  { cells, ends }: ImageCandidates,
  level: number,
  target: number,
): Rectangle[] {
  const first = ends ? (target > 0 ? ends[level][target - 1] : 0) : target;
  const end = ends ? ends[level][target] : target + 1;
  return Array.from({ length: end - first }, (_, i) => {
    const [x1, y1, x2, y2] = cells[level].subarray(4 * (first + i), 4 * (first + i) + 4);
    return [x1, y1, x2, y2];
  });
}
