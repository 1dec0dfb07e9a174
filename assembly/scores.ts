import { alignment2 } from './align';
import { expectationsWide } from './dfl';
import { IouKind } from './generated/kinds';
import { loadWide, maxWide } from './lib/f64x2';
import { ROTATED_SCRATCH_BYTES, rotatedLanes } from './rotated';
import { similarityLanes } from './similarity';

/** Guard against a target without alignment. */
const EPS: f64 = 1e-9;

/** Bytes of `scratch`: four distances, and a record of either geometry with what it is computed in. */
export const MEASURE_SCRATCH_BYTES: usize = 4 * 16 + ROTATED_SCRATCH_BYTES;

/** Parameters of `measurePositives`: P positives, their arrays padded to an even number. */
@unmanaged
export class MeasurePositivesParams {
  /** f32 [4·R, pitch/4], box channels. */
  logits: usize;
  /** Bytes from one channel to the next. */
  pitch: usize;
  bins: i32;
  count: i32;
  /** f64 [4, pitch/4], distances to the target's sides, grid units. */
  targets: usize;
  /** f64 [P], pixels per grid unit. */
  strides: usize;
  /** f64 [P], 1 if the anchor is a candidate of its target, else 0. */
  inside: usize;
  kind: IouKind;
  /** f64 [2, pitch/4], predicted and target's angle; only of rotated boxes. */
  angles: usize;
  /** f64 [P] → */
  overlaps: usize;
  /** MEASURE_SCRATCH_BYTES bytes. */
  scratch: usize;
}

/** Overlap of positives with their targets, in float64: max(similarity, 0), or −1 where the anchor is no candidate. */
export function measurePositives(p: MeasurePositivesParams): void {
  const box = p.scratch;
  const record = box + 64;
  const pitch = p.pitch;
  const bins = p.bins;
  const kind = p.kind;
  const zero = f64x2.splat(0);
  for (let i = 0; i < p.count; i += 2) {
    const scale = v128.load(p.strides + (<usize>i << 3));
    const target = p.targets + (<usize>i << 3);
    const l = f64x2.mul(v128.load(target), scale);
    const t = f64x2.mul(v128.load(target + 2 * pitch), scale);
    const r = f64x2.mul(v128.load(target + 4 * pitch), scale);
    const b = f64x2.mul(v128.load(target + 6 * pitch), scale);
    for (let side: usize = 0; side < 4; side += 2) {
      const first = p.logits + side * bins * pitch + (<usize>i << 2);
      expectationsWide(first, pitch, bins, box + (side << 4), 0);
    }
    for (let side: usize = 0; side < 4; side++) {
      v128.store(box + (side << 4), f64x2.mul(v128.load(box + (side << 4)), scale));
    }
    if (ROTATED_BOXES && kind == IouKind.PROBIOU) {
      const angles = p.angles + (<usize>i << 3);
      rotatedLanes(box, v128.load(angles), l, t, r, b, v128.load(angles + 2 * pitch), 0, record, false);
    } else {
      similarityLanes(kind, box, l, t, r, b, record);
    }
    const isInside = f64x2.gt(v128.load(p.inside + (<usize>i << 3)), zero);
    const overlap = maxWide(v128.load(record), zero);
    v128.store(p.overlaps + (<usize>i << 3), v128.bitselect(overlap, f64x2.splat(-1), isInside));
  }
}

/** Parameters of `score`: P positives, `overlaps` and `logits` padded to an even number. */
@unmanaged
export class ScoreParams {
  /** f64 [P], below 0 where the anchor is no candidate of its target. */
  overlaps: usize;
  /** f32 [P], logits of the target's class. */
  logits: usize;
  count: i32;
  alpha: f64;
  beta: f64;
  /** Number of positives that a target keeps; 0: all. */
  topk2: i32;
  /** N. */
  targetCount: i32;
  /** i32 [P] → targets of those kept. */
  targets: usize;
  /** i32 [P] → anchors of those kept. */
  anchors: usize;
  /** i32 [N + P], used if `topk2` is not 0. */
  lists: usize;
  /** f64 [N, 2], largest alignment and overlap of each target; zeroed by the caller. */
  largest: usize;
  /** f64 [P] →, padded to an even number. */
  alignments: usize;
  /** f32 [P] → */
  scores: usize;
}

/** Takes the alignment of positives beyond the `topk2` best aligned of their target, ties by position. */
function keepBest(p: ScoreParams): void {
  const alignments = p.alignments;
  // A positive's flag, whether its target keeps it, lies where its score will be
  const keeps = p.scores;
  // Each target's positives are a list, ascending: the first of them, and behind each the next.
  const firsts = p.lists;
  const nexts = firsts + (<usize>p.targetCount << 2);
  memory.fill(firsts, 0xff, nexts - firsts);
  for (let i = p.count - 1; i >= 0; i--) {
    const first = firsts + (<usize>load<i32>(p.targets + (<usize>i << 2)) << 2);
    store<i32>(nexts + (<usize>i << 2), load<i32>(first));
    store<i32>(first, i);
  }
  for (let i = 0; i < p.count; i++) {
    const own = load<f64>(alignments + (<usize>i << 3));
    let better = 0;
    let other = load<i32>(firsts + (<usize>load<i32>(p.targets + (<usize>i << 2)) << 2));
    for (; other >= 0 && better < p.topk2; other = load<i32>(nexts + (<usize>other << 2))) {
      const alignment = load<f64>(alignments + (<usize>other << 3));
      if (alignment > own || (alignment == own && other < i)) better++;
    }
    store<i32>(keeps + (<usize>i << 2), better < p.topk2);
  }
  for (let i = 0; i < p.count; i++) {
    if (!load<i32>(keeps + (<usize>i << 2))) store<f64>(alignments + (<usize>i << 3), 0);
  }
}

/**
 * Soft class targets of one image: alignment, scaled so that a target's best positive scores its largest
 * overlap. Positives without alignment are left out, the others moved up.
 *
 * @returns number of kept positives
 */
export function score(p: ScoreParams): i32 {
  const overlaps = p.overlaps;
  const logits = p.logits;
  const targets = p.targets;
  const anchors = p.anchors;
  const largest = p.largest;
  const alignments = p.alignments;
  const scores = p.scores;
  const count = <usize>p.count;
  for (let i: usize = 0; i < count; i += 2) {
    const alignment = alignment2(loadWide(logits + (i << 2)), v128.load(overlaps + (i << 3)), p.alpha, p.beta);
    v128.store(alignments + (i << 3), alignment);
  }
  if (p.topk2 > 0) keepBest(p);
  for (let i: usize = 0; i < count; i++) {
    const alignment = load<f64>(alignments + (i << 3));
    if (alignment == 0) continue;
    const top = largest + (<usize>load<i32>(targets + (i << 2)) << 4);
    store<f64>(top, max(load<f64>(top), alignment));
    store<f64>(top, max(load<f64>(top, 8), load<f64>(overlaps + (i << 3))), 8);
  }
  let kept: usize = 0;
  for (let i: usize = 0; i < count; i++) {
    const target = load<i32>(targets + (i << 2));
    const top = largest + (<usize>target << 4);
    const soft = (load<f64>(alignments + (i << 3)) * load<f64>(top, 8)) / (load<f64>(top) + EPS);
    if (<f32>soft == 0) continue;
    store<i32>(anchors + (kept << 2), load<i32>(anchors + (i << 2)));
    store<i32>(targets + (kept << 2), target);
    store<f32>(scores + (kept << 2), <f32>soft);
    kept++;
  }
  return <i32>kept;
}
