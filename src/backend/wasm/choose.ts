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
  return slotOf(0, levels.length, anchors, topk).end;
}

/** What bounds the kernel's loops is in the slot too: a late worker may find all else overwritten. */
function slotOf(slot: number, levelCount: number, pairs: number, topk: number) {
  const [levels, cells, box, logits, anchors, overlaps, alignments, chosen, end] = layOut(
    slot,
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
  const rectangles = levels.map((_, l) => {
    const at = (cells >> 2) + (l * count + target) * 4;
    return arena.i32.slice(at, at + 4);
  });
  const pairs = rectangles.reduce((sum, [x1, y1, x2, y2]) => sum + (x2 - x1) * (y2 - y1), 0);
  if (pairs === 0) return null;
  return {
    kernel: 'choose',
    load(slot) {
      const at = slotOf(slot, levels.length, pairs, topk);
      loadLevels(arena, levels, at.levels);
      rectangles.forEach((rectangle, l) => {
        arena.i32.set(rectangle, (at.cells >> 2) + l * 4);
      });
      const box = (boxes >> 3) + target * 4;
      arena.f64.set(arena.f64.subarray(box, box + 4), at.box >> 3);
      gatherPairs(arena, predictions, targets, image, target, rectangles, at);
      return [
        at.levels,
        levels.length,
        distances,
        anchors * 4,
        at.cells,
        RECTANGLE_BYTES,
        at.box,
        at.logits,
        alpha,
        beta,
        topk,
        at.overlaps,
        at.alignments,
        at.chosen,
      ];
    },
    store(slot, chosenCount) {
      const at = slotOf(slot, levels.length, pairs, topk);
      const { chooser, bestOverlap, bestTarget } = votes;
      kernels.vote(
        target,
        at.anchors,
        at.overlaps,
        pairs,
        at.chosen,
        chosenCount,
        votes.votes,
        chooser,
        bestOverlap,
        bestTarget,
      );
    },
  };
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
  rectangles: readonly Int32Array[],
  { logits, anchors }: { logits: number; anchors: number },
): void {
  const channel = 4 * regMax + targets.cls[targets.offsets[image] + target];
  let logit = logits >> 2;
  let anchor = anchors >> 2;
  for (let l = 0; l < levels.length; l++) {
    const { data, width, firstAnchor, imageStride, channelStride, cellStride } = levels[l];
    const base = image * imageStride + channel * channelStride;
    const rectangle = rectangles[l];
    const x1 = rectangle[0];
    const x2 = rectangle[2];
    const y2 = rectangle[3];
    for (let y = rectangle[1]; y < y2; y++) {
      for (let cell = y * width + x1; cell < y * width + x2; cell++) {
        f32[logit++] = data[base + cell * cellStride];
        i32[anchor++] = firstAnchor + cell;
      }
    }
  }
}
