import { type Box, boxSimilarity } from './iou.ts';
import { anchorAt, type Head, indexOf } from './levels.ts';
import { sigmoid } from './sigmoid.ts';
import type { ImageTarget } from './targets.ts';

/** How well an anchor's prediction fits a target. */
export interface Fit {
  /**
   * sigmoid(logit of the target's class)^alpha · overlap^beta, with 0^0 = 1. NaN predictions give infinity:
   * chosen first, they show in the loss.
   */
  alignment: number;
  /** Similarity of the boxes in pixels; 0 where that is negative. */
  overlap: number;
}

/** The fit of an anchor and a target of one image; 0 and 0 where the anchor is no candidate. */
export type FitOf<Target = ImageTarget> = (anchor: number, target: Target) => Fit;

/** What the shape of a task's boxes decides in the assignment, for one image. Pixels. */
export interface Geometry<Target = ImageTarget> {
  /** Whether an anchor at (x, y) may learn the target. */
  isCandidate(target: Target, x: number, y: number): boolean;
  /** Similarity of an anchor's prediction and the target's box; may be negative. */
  similarity(anchor: number, target: Target): number;
}

const NO_FIT: Fit = { alignment: 0, overlap: 0 };

/** A candidate is farther than this from every side of the target's box; pixels. */
const INSIDE = 1e-9;

/**
 * Task alignment of one image's predictions with its targets.
 *
 * Source: Feng et al., arXiv:2108.07755, eq. 5
 */
export function alignment<Target extends ImageTarget>(
  head: Head,
  image: number,
  geometry: Geometry<Target>,
  { alpha, beta }: { alpha: number; beta: number },
): FitOf<Target> {
  const anchors = Array.from({ length: head.anchors }, (_, index) => anchorAt(head, index));
  return (index, target) => {
    const { level, cell, x, y } = anchors[index];
    const inside = geometry.isCandidate(target, x * level.stride, y * level.stride);
    if (target.ignored || !inside) return NO_FIT;

    const overlap = Math.max(geometry.similarity(index, target), 0);
    const logit = level.data[indexOf(level, image, 4 * head.regMax + target.cls, cell)];
    const aligned = sigmoid(logit) ** alpha * overlap ** beta;
    return { alignment: Number.isNaN(aligned) ? Infinity : aligned, overlap };
  };
}

/**
 * Upright boxes: candidates are anchors strictly inside, similarity is CIoU.
 *
 * @param boxOf predicted box of an anchor, xyxy, pixels
 */
export function uprightGeometry(boxOf: (anchor: number) => Box): Geometry {
  return {
    isCandidate: ({ box: [x1, y1, x2, y2] }, x, y) =>
      Math.min(x - x1, y - y1, x2 - x, y2 - y) > INSIDE,
    similarity: (anchor, { box }) => boxSimilarity('ciou', boxOf(anchor), box).value,
  };
}
