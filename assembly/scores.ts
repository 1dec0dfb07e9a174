import { alignment2 } from './align';
import { expectationsWide } from './dfl';
import { CIOU, iouLanes } from './iou';
import { loadWide, maxWide, minWide } from './lib/f64x2';
import { rotatedLanes } from './rotated';
import { INSIDE } from './targets';

/** The reference's guard against a target without alignment. */
const EPS: f64 = 1e-9;

/**
 * Overlap and alignment of the positives, in float64; both 0 where the anchor is not a candidate.
 *
 * @param logits f32 [4·R, pitch/4], box channels of the positives
 * @param pitch bytes from one channel to the next, for an even number of positives
 * @param targets f64 [4, pitch/4], distances to the target's sides, grid units
 * @param strides f64 [P], pixels a grid unit
 * @param classLogits f32 [P], of the target's class
 * @param overlaps f64 [P]
 * @param alignments f64 [P]
 * @param scratch 14 · 16 bytes
 * @param rotation f64 [3, pitch/4], predicted angle, target's angle, and 1 where the anchor is a candidate; 0:
 *   boxes are upright
 */
export function alignPositives(
  logits: usize,
  pitch: usize,
  bins: i32,
  count: i32,
  targets: usize,
  strides: usize,
  classLogits: usize,
  alpha: f64,
  beta: f64,
  overlaps: usize,
  alignments: usize,
  scratch: usize,
  rotation: usize,
): void {
  const box = scratch;
  const record = box + 64;
  const zero = f64x2.splat(0);
  for (let i = 0; i < count; i += 2) {
    const scale = v128.load(strides + (<usize>i << 3));
    const target = targets + (<usize>i << 3);
    const l = f64x2.mul(v128.load(target), scale);
    const t = f64x2.mul(v128.load(target + 2 * pitch), scale);
    const r = f64x2.mul(v128.load(target + 4 * pitch), scale);
    const b = f64x2.mul(v128.load(target + 6 * pitch), scale);
    for (let side: usize = 0; side < 4; side += 2) {
      const first = logits + side * bins * pitch + (<usize>i << 2);
      expectationsWide(first, pitch, bins, box + (side << 4), 0);
    }
    for (let side: usize = 0; side < 4; side++) {
      v128.store(box + (side << 4), f64x2.mul(v128.load(box + (side << 4)), scale));
    }
    let inside: v128;
    if (rotation) {
      const own = rotation + (<usize>i << 3);
      const targetAngle = v128.load(own + 2 * pitch);
      rotatedLanes(box, v128.load(own), l, t, r, b, targetAngle, record, false);
      inside = f64x2.gt(v128.load(own + 4 * pitch), zero);
    } else {
      iouLanes(box, l, t, r, b, CIOU, record);
      const nearest = minWide(minWide(l, t), minWide(r, b));
      inside = f64x2.gt(nearest, f64x2.splat(INSIDE));
    }
    const overlap = maxWide(v128.load(record), zero);
    const alignment = alignment2(loadWide(classLogits + (<usize>i << 2)), overlap, alpha, beta);
    v128.store(overlaps + (<usize>i << 3), v128.and(overlap, inside));
    v128.store(alignments + (<usize>i << 3), v128.and(alignment, inside));
  }
}

/**
 * Soft class targets of one image: alignment, scaled so that a target's best positive scores its largest
 * overlap. Positives without alignment are left out, the others moved up.
 *
 * @param owners i32 [P] → the owners of those kept
 * @param positives i32 [P] → their anchors
 * @param largest f64 [N, 2], zeroed by the caller; a target's largest alignment and overlap
 * @param scores f32 [P]
 * @returns how many were kept
 */
export function score(
  positives: usize,
  owners: usize,
  overlaps: usize,
  alignments: usize,
  count: i32,
  largest: usize,
  scores: usize,
): i32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const top = largest + (<usize>load<i32>(owners + (i << 2)) << 4);
    store<f64>(top, max(load<f64>(top), load<f64>(alignments + (i << 3))));
    store<f64>(top, max(load<f64>(top, 8), load<f64>(overlaps + (i << 3))), 8);
  }
  let kept: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const owner = load<i32>(owners + (i << 2));
    const top = largest + (<usize>owner << 4);
    const soft = (load<f64>(alignments + (i << 3)) * load<f64>(top, 8)) / (load<f64>(top) + EPS);
    if (<f32>soft == 0) continue;
    store<i32>(positives + (kept << 2), load<i32>(positives + (i << 2)));
    store<i32>(owners + (kept << 2), owner);
    store<f32>(scores + (kept << 2), <f32>soft);
    kept++;
  }
  return <i32>kept;
}
