import {
  LEVEL_RECTANGLES,
  ROTATED_SCRATCH_BYTES,
} from '../../src/backend/programs/criteria/kernels.ts';
import type { OverlapKind } from '../../src/kinds.ts';
import { decodeSide } from '../../src/reference/dfl.ts';
import { type Box, boxSimilarity } from '../../src/reference/iou.ts';
import type { Anchor } from '../../src/reference/levels.ts';
import { probIou, type RotatedBox } from '../../src/reference/probiou.ts';
import { rotatedBoxAround, scaleRotated } from '../../src/reference/rotated-boxes.ts';
import type { KernelMemory } from './kernels.ts';
import { recordOf } from './rotated-record.ts';

/** Half-open rectangle of cells. */
export type Rectangle = [x1: number, y1: number, x2: number, y2: number];

export interface ChooseLevel {
  width: number;
  height: number;
  /** Pixels per cell. */
  stride: number;
  /** Rectangles of the candidates on this level. */
  rectangles: Rectangle[];
}

/** A target in pixels, xyxy where it is upright, and the similarity by which its overlaps are measured. */
export type ChooseTarget =
  | { kind: OverlapKind; target: Box }
  | { kind: 'probiou'; target: RotatedBox };

/** One target, its candidates and their predictions. */
export type ChooseProblem = ChooseTarget & {
  levels: ChooseLevel[];
  /** [4, A] left, top, right, bottom, grid units; of rotated boxes [5, A], with the angle. */
  distances: Float32Array;
  /** Logits of the candidates, level by level, rectangle by rectangle, row-major. */
  logits: Float32Array;
  alpha: number;
  beta: number;
  topk: number;
};

export interface Choice {
  overlaps: Float32Array;
  /** All `UNTOUCHED` where the kernel computes none. */
  alignments: Float64Array;
  /** Indices of candidates, ascending. */
  chosen: number[];
}

/** Value that stands where nothing may be written. */
export const UNTOUCHED = -12345;

export const anchorsOf = (levels: readonly ChooseLevel[]) =>
  levels.reduce((sum, { width, height }) => sum + width * height, 0);

export const ascending = (indices: Iterable<number>) => [...indices].sort((a, b) => a - b);

/** Cells of all candidates, in the kernel's order. */
export function candidatesOf(levels: readonly ChooseLevel[]) {
  return levels.flatMap(({ width, stride, rectangles }, l) => {
    const first = anchorsOf(levels.slice(0, l));
    return rectangles.flatMap(([x1, y1, x2, y2]) =>
      Array.from({ length: Math.max(0, (x2 - x1) * (y2 - y1)) }, (_, i) => {
        const x = x1 + (i % (x2 - x1));
        const y = y1 + Math.floor(i / (x2 - x1));
        return { anchor: first + y * width + x, x, y, stride };
      }),
    );
  });
}

/** Chooses by the kernel, each input in a block of its own. */
export function choose(memory: KernelMemory, problem: ChooseProblem): Choice {
  const { kind, target, levels, distances, logits, alpha, beta, topk } = problem;
  const count = logits.length;
  const isOdd = count % 2;
  // Bytes by which the kernel may overrun overlaps and distances
  const spare = kind === 'probiou' ? 4 : 12;
  const overlaps = memory.block(new Float32Array(count).fill(UNTOUCHED), spare);
  const alignments = memory.block(new Float64Array(count).fill(UNTOUCHED), 8 * isOdd);
  const chosen = memory.block(new Int32Array(Math.min(count, topk)).fill(-1));
  const size = memory.call('choose', {
    levels: memory.input(tableOf(levels)),
    levelCount: levels.length,
    rectangles: memory.input(
      Int32Array.from(levels.flatMap(({ rectangles }) => rectangles.flat())),
    ),
    distances: memory.input(distances, spare),
    sidePitch: 4 * anchorsOf(levels),
    target: memory.input(Float64Array.from(kind === 'probiou' ? recordOf(target) : target)),
    kind,
    logits: memory.input(logits, 4 * isOdd),
    count: 0,
    alpha,
    beta,
    topk,
    overlaps,
    alignments,
    chosen,
    scratch: memory.block(new Uint8Array(ROTATED_SCRATCH_BYTES)),
  });
  const choice = {
    overlaps: memory.f32(overlaps, count),
    alignments: memory.f64(alignments, count),
    chosen: ascending(memory.i32(chosen, size)),
  };
  memory.settle();
  return choice;
}

/** The table of all levels' `LevelRectangles`. */
function tableOf(levels: readonly ChooseLevel[]): Uint8Array {
  const buffer = new ArrayBuffer(LEVEL_RECTANGLES.bytes * levels.length);
  const views = {
    u8: new Uint8Array(buffer),
    i32: new Int32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
  };
  levels.forEach(({ width, stride, rectangles }, l) => {
    const firstAnchor = anchorsOf(levels.slice(0, l));
    const level = { firstAnchor, width, stride, count: rectangles.length, reserved: 0 };
    LEVEL_RECTANGLES.write(views, l * LEVEL_RECTANGLES.bytes, level);
  });
  return views.u8;
}

/** Overlaps of all candidates, in float64: max(similarity, 0). */
export function expectedOverlaps({ kind, target, levels, distances }: ChooseProblem): number[] {
  const anchors = anchorsOf(levels);
  return candidatesOf(levels).map(({ anchor, x, y, stride }) => {
    const numbers = [0, 1, 2, 3, 4].map((row) => distances[row * anchors + anchor]);
    if (kind === 'probiou') {
      const sides = numbers.slice(0, 4).map((distance) => decodeSide([distance]));
      const centre = { x: x + 0.5, y: y + 0.5 } as Anchor;
      const pred = rotatedBoxAround(centre, sides, numbers[4]);
      return Math.max(probIou(scaleRotated(pred, stride), target).value, 0);
    }
    const [l, t, r, b] = numbers.map((distance) => distance * stride);
    const [cx, cy] = [(x + 0.5) * stride, (y + 0.5) * stride];
    const pred: Box = [cx - l, cy - t, cx + r, cy + b];
    return Math.max(boxSimilarity(kind, pred, target).value, 0);
  });
}
