import type { Assignment } from '../../types.ts';
import type { AssignOptions, GroupedTargets, Predictions } from '../backend.ts';
import { type Candidates, decodeCandidates, findCandidates, gatherPairs } from './candidates.ts';
import {
  type Engine,
  evenCount,
  forEachLevel,
  type ImageTargets,
  loadPositives,
  loadTargets,
  offsetOf,
} from './engine.ts';

/** Anchors won by one image's targets: views into WASM memory. */
interface Winners {
  anchors: Int32Array;
  owners: Int32Array;
  scores: Float32Array;
}

/** Task-aligned assignment of a batch, image by image. Source: Feng et al., arXiv:2108.07755. */
export function assign(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  options: AssignOptions,
): Assignment {
  const { offsets } = targets;
  let capacity = 0;
  for (let b = 0; b < predictions.batch; b++) {
    capacity += Math.min((offsets[b + 1] - offsets[b]) * options.topk, predictions.anchors);
  }
  const image = new Int32Array(capacity);
  const anchor = new Int32Array(capacity);
  const target = new Int32Array(capacity);
  const score = new Float32Array(capacity);
  const isAssigned = new Uint8Array(targets.cls.length);
  let count = 0;
  let scoresSum = 0;
  for (let b = 0; b < predictions.batch; b++) {
    if (offsets[b + 1] === offsets[b]) continue;
    const winners = assignImage(engine, predictions, targets, options, b);
    const end = count + winners.anchors.length;
    image.fill(b, count, end);
    anchor.set(winners.anchors, count);
    target.set(winners.owners, count);
    score.set(winners.scores, count);
    for (const owner of winners.owners) isAssigned[targets.source[offsets[b] + owner]] = 1;
    for (const value of winners.scores) scoresSum += value;
    count = end;
  }
  return {
    image: image.slice(0, count),
    anchor: anchor.slice(0, count),
    target: target.slice(0, count),
    score: score.slice(0, count),
    scoresSum,
    unassigned: Int32Array.from(zeroPositions(isAssigned)),
  };
}

function* zeroPositions(flags: Uint8Array): Generator<number> {
  for (let i = 0; i < flags.length; i++) if (flags[i] === 0) yield i;
}

function assignImage(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  options: AssignOptions,
  image: number,
): Winners {
  engine.arena.reset();
  const own = loadTargets(engine, predictions, targets, image);
  const candidates = findCandidates(engine, predictions, own);
  const distances = decodeCandidates(engine, predictions, image, candidates);
  const winners = elect(engine, predictions, targets, options, image, own, candidates, distances);
  return scoreWinners(engine, predictions, targets, options, image, own, winners);
}

/** Top-k of every target, then one target for every anchor. Pointers to positives and their owners. */
function elect(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  { topk, alpha, beta }: AssignOptions,
  image: number,
  { count, boxes }: ImageTargets,
  { cells }: Candidates,
  distances: number,
): { positives: number; owners: number; count: number } {
  const { kernels, arena } = engine;
  const { anchors, levels } = predictions;
  const logits = arena.take(anchors * 4);
  const overlaps = arena.take(anchors * 4);
  const alignments = arena.take(anchors * 8);
  const pairAnchors = arena.take(anchors * 4);
  const chosen = arena.take(Math.min(topk, anchors) * 4);
  const votes = arena.takeZeroed(anchors * 4);
  const chooser = arena.take(anchors * 4);
  const bestOverlap = arena.takeZeroed(anchors * 4);
  const bestTarget = arena.takeZeroed(anchors * 4);
  const positives = arena.take(anchors * 4);
  const owners = arena.take(anchors * 4);
  for (let t = 0; t < count; t++) {
    const n = gatherPairs(engine, predictions, targets, image, t, cells, logits, pairAnchors);
    if (n === 0) continue;
    let written = 0;
    for (let l = 0; l < levels.length; l++) {
      const { firstAnchor, width, stride } = levels[l];
      written += kernels.overlap(
        distances + firstAnchor * 4,
        anchors * 4,
        width,
        stride,
        cells + (l * count + t) * 16,
        boxes + t * 32,
        overlaps + written * 4,
      );
    }
    kernels.align(logits, overlaps, n, alpha, beta, alignments);
    const k = kernels.topk(alignments, n, topk, chosen);
    kernels.vote(t, pairAnchors, overlaps, n, chosen, k, votes, chooser, bestOverlap, bestTarget);
  }
  const won = kernels.resolve(votes, chooser, bestTarget, anchors, positives, owners);
  return { positives, owners, count: won };
}

function scoreWinners(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  { alpha, beta }: AssignOptions,
  image: number,
  own: ImageTargets,
  elected: { positives: number; owners: number; count: number },
): Winners {
  const { kernels, arena } = engine;
  const { positives, owners, count } = elected;
  const { regMax } = predictions;
  const classLogits = arena.takeZeroed(evenCount(count) * 4);
  const overlaps = arena.take(evenCount(count) * 8);
  const alignments = arena.take(evenCount(count) * 8);
  const largest = arena.takeZeroed(own.count * 16);
  const scores = arena.take(count * 4);
  const scratch = arena.take((regMax + 9) * 16);
  const anchors = arena.i32.slice(positives >> 2, (positives >> 2) + count);
  const targetOf = arena.i32.slice(owners >> 2, (owners >> 2) + count);
  const block = loadPositives(engine, predictions, image, own, anchors, targetOf);
  forEachLevel(predictions, anchors, (level, start, end) => {
    for (let i = start; i < end; i++) {
      const channel = 4 * regMax + targets.cls[targets.offsets[image] + targetOf[i]];
      arena.f32[(classLogits >> 2) + i] = level.data[offsetOf(level, image, channel, anchors[i])];
    }
  });
  kernels.alignPositives(
    block.logits,
    block.pitch,
    regMax,
    count,
    block.targets,
    block.strides,
    classLogits,
    alpha,
    beta,
    overlaps,
    alignments,
    scratch,
  );
  const kept = kernels.score(positives, owners, overlaps, alignments, count, largest, scores);
  return {
    anchors: arena.i32.subarray(positives >> 2, (positives >> 2) + kept),
    owners: arena.i32.subarray(owners >> 2, (owners >> 2) + kept),
    scores: arena.f32.subarray(scores >> 2, (scores >> 2) + kept),
  };
}
