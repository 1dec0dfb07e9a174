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
  /** CIoU of the boxes in pixels; 0 where that is negative. */
  overlap: number;
}

/** The fit of an anchor and a target of one image; 0 and 0 where the anchor is no candidate. */
export type FitOf = (anchor: number, target: ImageTarget) => Fit;

const NO_FIT: Fit = { alignment: 0, overlap: 0 };

/** A candidate is farther than this from every side of the target's box; pixels. */
const INSIDE = 1e-9;

/**
 * Task alignment of one image's predictions with its targets.
 *
 * @param boxOf predicted box of an anchor, xyxy, pixels
 * Source: Feng et al., arXiv:2108.07755, eq. 5
 */
export function alignment(
  head: Head,
  image: number,
  boxOf: (anchor: number) => Box,
  { alpha, beta }: { alpha: number; beta: number },
): FitOf {
  const anchors = Array.from({ length: head.anchors }, (_, index) => anchorAt(head, index));
  return (index, target) => {
    const { level, cell, x, y } = anchors[index];
    if (target.ignored || !isInside(target.box, x * level.stride, y * level.stride)) return NO_FIT;

    const similarity = boxSimilarity('ciou', boxOf(index), target.box).value;
    const overlap = Math.max(similarity, 0);
    const logit = level.data[indexOf(level, image, 4 * head.regMax + target.cls, cell)];
    const aligned = sigmoid(logit) ** alpha * overlap ** beta;
    return { alignment: Number.isNaN(aligned) ? Infinity : aligned, overlap };
  };
}

function isInside([x1, y1, x2, y2]: Box, x: number, y: number): boolean {
  return Math.min(x - x1, y - y1, x2 - x, y2 - y) > INSIDE;
}
