import type { OverlapKind } from '../types.ts';
import type { SmallTargets } from './defaults.ts';
import { type Box, boxSimilarity } from './iou.ts';
import { anchorAt, type Head, indexOf } from './levels.ts';
import { sigmoid } from './sigmoid.ts';
import { grownBox } from './small-targets.ts';
import type { ImageTarget } from './targets.ts';

/** Fit of an anchor's prediction to a target. */
export interface Fit {
  /**
   * sigmoid(logit of the target's class)^alpha · overlap^beta; 0 if the overlap is 0, for all powers. NaN predictions
   * have infinite alignment: they are selected first and show in the loss.
   */
  alignment: number;
  /** Similarity of the boxes in pixels; 0 if that is negative. */
  overlap: number;
}

/** Fit of an anchor and a target of one image; both numbers are 0 if the anchor is no candidate. */
export type FitOf<Target = ImageTarget> = (anchor: number, target: Target) => Fit;

/** Parts of the assignment that depend on the shape of a task's boxes, for one image. Pixels. */
export interface Geometry<Target = ImageTarget> {
  /** Whether an anchor at (x, y) may be assigned to the target. */
  isCandidate(target: Target, x: number, y: number): boolean;
  /** Similarity of an anchor's prediction and the target's box; may be negative. */
  similarity(anchor: number, target: Target): number;
}

const NO_FIT: Fit = { alignment: 0, overlap: 0 };

/** Smallest distance in pixels of a candidate from every side of the target's box. */
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
    const power = overlap === 0 ? 0 : overlap ** beta;
    const aligned = sigmoid(logit) ** alpha * power;
    return { alignment: Number.isNaN(aligned) ? Infinity : aligned, overlap };
  };
}

/** Whether a point is strictly inside a target's own box. Pixels. */
export function isInside({ box }: ImageTarget, x: number, y: number): boolean {
  return isInsideBox(box, x, y);
}

/**
 * Geometry of upright boxes: candidates are anchors strictly inside the target's box, which grows if it is small.
 *
 * @param boxOf predicted box of an anchor, xyxy, pixels
 */
export function uprightGeometry(
  boxOf: (anchor: number) => Box,
  overlap: OverlapKind,
  smallTargets: SmallTargets | false = false,
): Geometry {
  return {
    isCandidate: ({ box }, x, y) => isInsideBox(grownBox(box, smallTargets), x, y),
    similarity: (anchor, { box }) => boxSimilarity(overlap, boxOf(anchor), box).value,
  };
}

/** Whether a point is strictly inside a box, xyxy. Pixels. */
function isInsideBox([x1, y1, x2, y2]: Box, x: number, y: number): boolean {
  return Math.min(x - x1, y - y1, x2 - x, y2 - y) > INSIDE;
}
