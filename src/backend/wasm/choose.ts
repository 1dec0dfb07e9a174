import type { AssignOptions, GroupedTargets, Predictions } from '../backend.ts';
import type { Arena } from '../runtime/arena.ts';
import type { Engine } from '../runtime/engine.ts';
import { layOut, type Task } from '../runtime/task.ts';
import { type Candidates, RECTANGLE_BYTES, type Rectangles, rectanglesOf } from './candidates.ts';
import type { ImageTargets } from './positives.ts';
import { ROTATED_TARGET_BYTES } from './rotated-targets.ts';

/** A row of the levels' table, an upright box, what rotated ones work with: see assembly/choose.ts. */
const LEVEL_BYTES = 16;
const BOX_BYTES = 32;
const ROTATED_SCRATCH_BYTES = 128;

/** What the anchors of one image know of the targets that want them, see assembly/conflicts.ts. */
export interface Votes {
  /** i32 [A] each, `bestOverlap` f32. */
  votes: number;
  chooser: number;
  bestOverlap: number;
  bestTarget: number;
}

export function takeVotes({ arena }: Engine, { anchors }: Predictions): Votes {
  return {
    votes: arena.takeZeroed(anchors * 4),
    chooser: arena.take(anchors * 4),
    bestOverlap: arena.takeZeroed(anchors * 4),
    bestTarget: arena.takeZeroed(anchors * 4),
  };
}

/** Bytes of a slot that `chooseTask` needs. */
export function chooseBytes({ anchors, levels, angles }: Predictions, topk: number): number {
  const rows = levels.reduce((sum, { height }) => sum + height, 0);
  return layoutOf(angles ? rows : levels.length, anchors, topk).end;
}

/** Offsets in a slot. */
function layoutOf(rectangles: number, pairs: number, topk: number) {
  const [levels, cells, box, logits, anchors, overlaps, alignments, chosen, rotated, end] = layOut(
    rectangles * LEVEL_BYTES,
    rectangles * RECTANGLE_BYTES,
    ROTATED_TARGET_BYTES,
    pairs * 4,
    pairs * 4,
    pairs * 4,
    pairs * 8,
    Math.min(pairs, topk) * 4,
    ROTATED_SCRATCH_BYTES,
  );
  return { levels, cells, box, logits, anchors, overlaps, alignments, chosen, rotated, end };
}

/**
 * One target of an image chooses its best aligned candidates, and votes for them.
 *
 * @param distances see `decodeCandidates`; of rotated boxes, with the predicted angles behind the sides
 * @returns null where it has no candidate
 */
export function chooseTask(
  { kernels, arena }: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  { topk, alpha, beta }: AssignOptions,
  image: number,
  target: number,
  own: ImageTargets,
  candidates: Candidates,
  distances: number,
  votes: Votes,
): Task | null {
  const { anchors } = predictions;
  const rectangles = rectanglesOf(arena, candidates, target, own.count);
  const pairs = countPairs(arena.i32, rectangles);
  if (pairs === 0) return null;
  const count = rectangles.reduce((sum, { count }) => sum + count, 0);
  const at = layoutOf(count, pairs, topk);
  return {
    kernel: 'choose',
    load(slot) {
      loadRectangles(arena, predictions, rectangles, slot + at.levels, slot + at.cells);
      loadBox(arena, own, target, slot + at.box);
      const channel = 4 * predictions.regMax + targets.cls[targets.offsets[image] + target];
      const [logits, to] = [slot + at.logits, slot + at.anchors];
      gatherPairs(arena, predictions, image, channel, rectangles, logits, to);
      return [
        slot + at.levels,
        count,
        distances,
        anchors * 4,
        slot + at.cells,
        RECTANGLE_BYTES,
        slot + at.box,
        logits,
        alpha,
        beta,
        topk,
        slot + at.overlaps,
        slot + at.alignments,
        slot + at.chosen,
        own.rotated ? slot + at.rotated : 0,
      ];
    },
    store(slot, chosenCount) {
      const { chooser, bestOverlap, bestTarget } = votes;
      kernels.vote(
        target,
        slot + at.anchors,
        slot + at.overlaps,
        pairs,
        slot + at.chosen,
        chosenCount,
        votes.votes,
        chooser,
        bestOverlap,
        bestTarget,
      );
    },
  };
}

function countPairs(i32: Int32Array, rectangles: readonly Rectangles[]): number {
  let pairs = 0;
  for (const { first, count } of rectangles) {
    for (let at = first >>> 2; at < (first >>> 2) + 4 * count; at += 4) {
      pairs += (i32[at + 2] - i32[at]) * (i32[at + 3] - i32[at + 1]);
    }
  }
  return pairs;
}

/** Brings a target's rectangles together, and of each one its level: i32 first anchor, i32 grid width, f64 stride. */
function loadRectangles(
  { i32, f64 }: Arena,
  { levels }: Predictions,
  rectangles: readonly Rectangles[],
  table: number,
  cells: number,
): void {
  let row = 0;
  for (const { level, first, count } of rectangles) {
    const { firstAnchor, width, stride } = levels[level];
    i32.copyWithin((cells >>> 2) + row * 4, first >>> 2, (first >>> 2) + count * 4);
    for (const end = row + count; row < end; row++) {
      i32[(table >>> 2) + row * 4] = firstAnchor;
      i32[(table >>> 2) + row * 4 + 1] = width;
      f64[(table >>> 3) + row * 2 + 1] = stride;
    }
  }
}

function loadBox(
  { u8 }: Arena,
  { boxes, rotated }: ImageTargets,
  target: number,
  to: number,
): void {
  const bytes = rotated ? ROTATED_TARGET_BYTES : BOX_BYTES;
  const from = (rotated || boxes) + target * bytes;
  u8.copyWithin(to, from, from + bytes);
}

/** The logit and anchor of every candidate of one target, rectangle by rectangle, row-major. */
function gatherPairs(
  { f32, i32 }: Arena,
  { levels }: Predictions,
  image: number,
  channel: number,
  rectangles: readonly Rectangles[],
  logits: number,
  anchors: number,
): void {
  let logit = logits >>> 2;
  let anchor = anchors >>> 2;
  for (const { level, first, count } of rectangles) {
    const { data, width, firstAnchor, imageStride, channelStride, cellStride } = levels[level];
    const base = image * imageStride + channel * channelStride;
    for (let own = first >>> 2; own < (first >>> 2) + 4 * count; own += 4) {
      const x1 = i32[own];
      const x2 = i32[own + 2];
      const y2 = i32[own + 3];
      for (let y = i32[own + 1]; y < y2; y++) {
        for (let cell = y * width + x1; cell < y * width + x2; cell++) {
          f32[logit++] = data[base + cell * cellStride];
          i32[anchor++] = firstAnchor + cell;
        }
      }
    }
  }
}
