import { align } from './align';
import { overlap } from './overlap';
import { rotatedOverlap } from './rotated';
import { topk } from './topk';

/** Bytes of a row of `levels`: first anchor, grid width (i32), stride (f64). */
const LEVEL_BYTES: usize = 16;

/**
 * One target's choice among its candidates, rectangle by rectangle, row-major: overlaps, alignments, the k best.
 *
 * @param levels rows of i32 first anchor, i32 grid width, f64 stride, one a rectangle
 * @param distances f32 [4, sidePitch/4], see `overlap`; rotated: [5, sidePitch/4], see `rotatedOverlap`
 * @param cells i32 [4], rectangles of cells, `cellsPitch` bytes from one to the next
 * @param box f64 [4], the target, xyxy pixels; rotated: [7], see `rotatedOverlap`
 * @param logits f32 [n], of the target's class
 * @param overlaps f32 [n] →
 * @param alignments f64 [n] →
 * @param chosen i32 [min(n, k)] → candidate indices, in no particular order
 * @param rotated 128 bytes of scratch where boxes are rotated; 0: they are upright
 * @returns how many were chosen
 * Source: Feng et al., arXiv:2108.07755.
 */
export function choose(
  levels: usize,
  levelCount: i32,
  distances: usize,
  sidePitch: usize,
  cells: usize,
  cellsPitch: usize,
  box: usize,
  logits: usize,
  alpha: f64,
  beta: f64,
  k: i32,
  overlaps: usize,
  alignments: usize,
  chosen: usize,
  rotated: usize,
): i32 {
  let count = 0;
  for (let l = 0; l < levelCount; l++) {
    const level = levels + <usize>l * LEVEL_BYTES;
    const first = distances + (<usize>load<i32>(level) << 2);
    const width = load<i32>(level, 4);
    const stride = load<f64>(level, 8);
    const rectangle = cells + <usize>l * cellsPitch;
    const to = overlaps + (<usize>count << 2);
    count += rotated
      ? rotatedOverlap(first, sidePitch, width, stride, rectangle, box, to, rotated)
      : overlap(first, sidePitch, width, stride, rectangle, box, to);
  }
  align(logits, overlaps, count, alpha, beta, alignments);
  return topk(alignments, count, k, chosen);
}
