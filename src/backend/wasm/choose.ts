import type { AssignOptions, GroupedTargets, Level, Predictions } from '../backend.ts';
import type { Arena } from './arena.ts';
import type { Candidates } from './candidates.ts';
import type { Engine } from './engine.ts';
import type { ImageTargets } from './positives.ts';
import { layOut, type Task } from './task.ts';

/** A row of the levels' table, a rectangle of cells, a box: see assembly/choose.ts. */
const LEVEL_BYTES = 16;
const RECTANGLE_BYTES = 16;
const BOX_BYTES = 32;

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
export function chooseBytes({ anchors, levels }: Predictions, topk: number): number {
  return layoutOf(levels.length, anchors, topk).end;
}

/** Offsets in a slot. */
function layoutOf(levelCount: number, pairs: number, topk: number) {
  const [levels, cells, box, logits, anchors, overlaps, alignments, chosen, end] = layOut(
    levelCount * LEVEL_BYTES,
    levelCount * RECTANGLE_BYTES,
    BOX_BYTES,
    pairs * 4,
    pairs * 4,
    pairs * 4,
    pairs * 8,
    Math.min(pairs, topk) * 4,
  );
  return { levels, cells, box, logits, anchors, overlaps, alignments, chosen, end };
}

/**
 * One target of an image chooses its best aligned candidates, and votes for them.
 *
 * @param distances see `decodeCandidates`
 * @returns null where it has no candidate
 */
export function chooseTask(
  { kernels, arena }: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  { topk, alpha, beta }: AssignOptions,
  image: number,
  target: number,
  { boxes, count }: ImageTargets,
  { cells }: Candidates,
  distances: number,
  votes: Votes,
): Task | null {
  const { levels, anchors } = predictions;
  // From one level's rectangle to the next.
  const pitch = count * 4;
  const rectangle = (cells >> 2) + target * 4;
  const pairs = countPairs(arena.i32, rectangle, pitch, levels.length);
  if (pairs === 0) return null;
  const at = layoutOf(levels.length, pairs, topk);
  return {
    kernel: 'choose',
    load(slot) {
      loadLevels(arena, levels, slot + at.levels);
      loadTarget(
        arena,
        rectangle,
        pitch,
        levels.length,
        slot + at.cells,
        boxes + target * 32,
        slot + at.box,
      );
      const [logits, to] = [slot + at.logits, slot + at.anchors];
      gatherPairs(arena, predictions, targets, image, target, rectangle, pitch, logits, to);
      return [
        slot + at.levels,
        levels.length,
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

function countPairs(i32: Int32Array, rectangle: number, pitch: number, levels: number): number {
  let pairs = 0;
  for (let at = rectangle; at < rectangle + levels * pitch; at += pitch) {
    pairs += (i32[at + 2] - i32[at]) * (i32[at + 3] - i32[at + 1]);
  }
  return pairs;
}

/** Brings a target's rectangles together, and its box. */
function loadTarget(
  { i32, f64 }: Arena,
  rectangle: number,
  pitch: number,
  levels: number,
  cells: number,
  box: number,
  to: number,
): void {
  for (let i = 0; i < levels * 4; i++) {
    i32[(cells >> 2) + i] = i32[rectangle + (i >> 2) * pitch + (i & 3)];
  }
  for (let i = 0; i < 4; i++) f64[(to >> 3) + i] = f64[(box >> 3) + i];
}

/** [L] rows of i32 first anchor, i32 grid width, f64 stride. */
function loadLevels({ i32, f64 }: Arena, levels: readonly Level[], table: number): void {
  for (let l = 0; l < levels.length; l++) {
    const { firstAnchor, width, stride } = levels[l];
    i32[(table >> 2) + l * 4] = firstAnchor;
    i32[(table >> 2) + l * 4 + 1] = width;
    f64[(table >> 3) + l * 2 + 1] = stride;
  }
}

/** The class logit and anchor of every candidate of one target, level by level, row-major. */
function gatherPairs(
  { f32, i32 }: Arena,
  { levels, regMax }: Predictions,
  targets: GroupedTargets,
  image: number,
  target: number,
  rectangle: number,
  pitch: number,
  logits: number,
  anchors: number,
): void {
  const channel = 4 * regMax + targets.cls[targets.offsets[image] + target];
  let logit = logits >> 2;
  let anchor = anchors >> 2;
  for (let l = 0; l < levels.length; l++) {
    const { data, width, firstAnchor, imageStride, channelStride, cellStride } = levels[l];
    const base = image * imageStride + channel * channelStride;
    const own = rectangle + l * pitch;
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
