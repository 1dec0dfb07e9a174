import { PART_FLOATS } from './part.ts';

/** Some of the rows of a tensor [outer, C, inner]: whole blocks [C, inner], or a stretch of one block's inner axis. */
export interface RowsPart {
  /** Index of its first element in the tensor. */
  first: number;
  /** Index of its first row in [outer, inner]. */
  firstRow: number;
  outers: number;
  inners: number;
}

/** How rows along an axis are cut up; the first part is the largest. */
export function partsOf({
  outer,
  classes,
  inner,
}: {
  outer: number;
  classes: number;
  inner: number;
}): RowsPart[] {
  const block = classes * inner;
  if (outer * block === 0) return [];
  const parts: RowsPart[] = [];
  if (block <= PART_FLOATS || inner === 1) {
    const step = Math.max(1, Math.floor(PART_FLOATS / block));
    for (let o = 0; o < outer; o += step) {
      const outers = Math.min(step, outer - o);
      parts.push({ first: o * block, firstRow: o * inner, outers, inners: inner });
    }
    return parts;
  }
  // Whole vectors of rows, if there are not too many classes
  const step = Math.max(4, Math.floor(PART_FLOATS / classes / 4) * 4);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i += step) {
      const inners = Math.min(step, inner - i);
      parts.push({ first: o * block + i, firstRow: o * inner + i, outers: 1, inners });
    }
  }
  return parts;
}

/**
 * Copies a part between a tensor and a slot, where it is packed.
 *
 * @param fromPitch toPitch elements from one class to the next
 */
export function copyBlock(
  { classes, inner, part: { outers, inners } }: { classes: number; inner: number; part: RowsPart },
  from: Float32Array,
  fromStart: number,
  fromPitch: number,
  to: Float32Array,
  toStart: number,
  toPitch: number,
): void {
  if (inners === inner) {
    to.set(from.subarray(fromStart, fromStart + outers * classes * inner), toStart);
    return;
  }
  for (let c = 0; c < classes; c++) {
    const start = fromStart + c * fromPitch;
    to.set(from.subarray(start, start + inners), toStart + c * toPitch);
  }
}
