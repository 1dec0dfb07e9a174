import type { AssignOptions, Dense, Predictions } from '../backend.ts';
import type { Engine } from '../runtime/engine.ts';
import { evenCount } from '../wasm/positives.ts';
import { type ImageCandidates, rectanglesOf } from './image-candidates.ts';

/** Overlaps, max(similarity, 0), and class logits of a chunk's pairs, as the device computed and gathered them. */
export interface Metrics {
  overlaps: Float32Array;
  logits: Float32Array;
}

/** One image's positives, ascending by anchor. */
export interface Winners {
  anchors: Int32Array;
  /** Index of each one's target in the image. */
  owners: Int32Array;
  scores: Float32Array;
  /** Class logit of each one's target class. */
  logits: Float32Array;
}

/** A positive as it was elected, not yet scored: pointers. */
interface Elected {
  positives: number;
  owners: number;
  count: number;
}

/** Top-k of every target, one target for every anchor, and their scores. Alignments are float64. */
export function electImage(
  engine: Engine,
  predictions: Predictions<Dense>,
  options: AssignOptions,
  own: ImageCandidates,
  metrics: readonly Metrics[],
): Winners {
  engine.arena.reset();
  const elected = elect(engine, predictions, options, own, metrics);
  return score(engine, predictions, options, own, metrics, elected);
}

function elect(
  { kernels, arena }: Engine,
  predictions: Predictions<Dense>,
  { topk, alpha, beta }: AssignOptions,
  own: ImageCandidates,
  metrics: readonly Metrics[],
): Elected {
  const { anchors } = predictions;
  const logits = arena.take(evenCount(anchors) * 4);
  const overlaps = arena.take(evenCount(anchors) * 4);
  const alignments = arena.take(evenCount(anchors) * 8);
  const pairAnchors = arena.take(anchors * 4);
  const chosen = arena.take(Math.min(topk, anchors) * 4);
  const votes = arena.takeZeroed(anchors * 4);
  const chooser = arena.take(anchors * 4);
  const bestOverlap = arena.takeZeroed(anchors * 4);
  const bestTarget = arena.takeZeroed(anchors * 4);
  const positives = arena.take(anchors * 4);
  const owners = arena.take(anchors * 4);
  for (let t = 0; t < own.count; t++) {
    const n = listAnchors(predictions, own, t, arena.i32, pairAnchors >>> 2);
    if (n === 0) continue;
    const chunk = metrics[own.chunk[t]];
    const slot = own.slot[t];
    arena.f32.set(chunk.overlaps.subarray(slot, slot + n), overlaps >>> 2);
    arena.f32.set(chunk.logits.subarray(slot, slot + n), logits >>> 2);
    kernels.align(logits, overlaps, n, alpha, beta, alignments);
    const k = kernels.topk(alignments, n, topk, chosen);
    kernels.vote(t, pairAnchors, overlaps, n, chosen, k, votes, chooser, bestOverlap, bestTarget);
  }
  const count = kernels.resolve(votes, chooser, bestTarget, anchors, positives, owners);
  return { positives, owners, count };
}

/** Writes the anchors of a target's candidates, level by level, row-major; returns how many. */
function listAnchors(
  { levels }: Predictions<Dense>,
  own: ImageCandidates,
  target: number,
  out: Int32Array,
  at: number,
): number {
  let next = at;
  levels.forEach(({ width, firstAnchor }, l) => {
    for (const [x1, y1, x2, y2] of rectanglesOf(own, l, target)) {
      for (let y = y1; y < y2; y++) {
        const row = firstAnchor + y * width;
        for (let anchor = row + x1; anchor < row + x2; anchor++) out[next++] = anchor;
      }
    }
  });
  return next - at;
}

function score(
  { kernels, arena }: Engine,
  predictions: Predictions<Dense>,
  { alpha, beta }: AssignOptions,
  own: ImageCandidates,
  metrics: readonly Metrics[],
  { positives, owners, count }: Elected,
): Winners {
  const logits = arena.takeZeroed(evenCount(count) * 4);
  const narrow = arena.takeZeroed(evenCount(count) * 4);
  const overlaps = arena.takeZeroed(evenCount(count) * 8);
  const alignments = arena.takeZeroed(evenCount(count) * 8);
  const largest = arena.takeZeroed(own.count * 16);
  const scores = arena.take(count * 4);
  const { f32, f64, i32 } = arena;
  const isPair: boolean[] = [];
  for (let i = 0; i < count; i++) {
    const target = i32[(owners >>> 2) + i];
    const pair = pairIndex(predictions, own, i32[(positives >>> 2) + i], target);
    isPair.push(pair >= 0);
    if (pair < 0) continue;
    const chunk = metrics[own.chunk[target]];
    f32[(logits >>> 2) + i] = chunk.logits[own.slot[target] + pair];
    f32[(narrow >>> 2) + i] = chunk.overlaps[own.slot[target] + pair];
    f64[(overlaps >>> 3) + i] = chunk.overlaps[own.slot[target] + pair];
  }
  kernels.align(logits, narrow, count, alpha, beta, alignments);
  // With beta 0 an overlap of 0 is no hindrance, but an anchor outside of its target is.
  for (let i = 0; i < count; i++) if (!isPair[i]) f64[(alignments >>> 3) + i] = 0;
  const elected = i32.slice(positives >>> 2, (positives >>> 2) + count);
  const kept = kernels.score(positives, owners, overlaps, alignments, count, largest, scores);
  const anchors = i32.slice(positives >>> 2, (positives >>> 2) + kept);
  // Those kept are in their old order, so that each is found behind the one before.
  let from = 0;
  const keptLogits = Float32Array.from(anchors, (anchor) => {
    while (elected[from] !== anchor) from++;
    return f32[(logits >>> 2) + from];
  });
  return {
    anchors,
    owners: i32.slice(owners >>> 2, (owners >>> 2) + kept),
    scores: f32.slice(scores >>> 2, (scores >>> 2) + kept),
    logits: keptLogits,
  };
}

/** Index of an anchor among a target's candidates; −1 where it is none. */
function pairIndex(
  { levels }: Predictions<Dense>,
  own: ImageCandidates,
  anchor: number,
  target: number,
): number {
  let before = 0;
  for (let l = 0; l < levels.length; l++) {
    const { firstAnchor, cells, width } = levels[l];
    const cell = anchor - firstAnchor;
    const x = cell % width;
    const y = (cell - x) / width;
    for (const [x1, y1, x2, y2] of rectanglesOf(own, l, target)) {
      const isInside = cell < cells && x >= x1 && x < x2 && y >= y1 && y < y2;
      if (isInside) return before + (y - y1) * (x2 - x1) + (x - x1);
      before += (x2 - x1) * (y2 - y1);
    }
    if (cell < cells) return -1;
  }
  return -1;
}
