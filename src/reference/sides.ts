import { decodeGrad, distributionFocalLoss, type Side } from './dfl.ts';
import type { Box } from './iou.ts';
import { type Anchor, type Head, indexOf } from './levels.ts';

/** Distances of a box's sides from an anchor: left, top, right, bottom. Grid units. */
export function distancesTo({ x, y }: Anchor, [x1, y1, x2, y2]: Box): Box {
  return [x - x1, y - y1, x2 - x, y2 - y];
}

/** An anchor of one image, with its decoded sides. */
interface DecodedAnchor {
  image: number;
  anchor: Anchor;
  sides: readonly Side[];
}

/**
 * Computes DFL of an anchor's four sides and backpropagates all box gradients to its logits.
 *
 * @param target xyxy, grid units
 * @param dflScale factor of the mean over the sides
 * @param slopes gradient of the box loss with respect to the four distances
 * @param grads one array per level, in the layout of the predictions; the anchor's box channels are written
 * @returns dflScale · mean over 4 sides
 */
export function regressSides(
  head: Head,
  { image, anchor, sides }: DecodedAnchor,
  target: Box,
  dflScale: number,
  slopes: readonly number[],
  grads: readonly Float64Array[],
): number {
  const distances = distancesTo(anchor, target);
  let sum = 0;
  sides.forEach((side, s) => {
    const dfl = distributionFocalLoss(side, distances[s]);
    sum += (dflScale * dfl.value) / 4;
    decodeGrad(side).forEach((slope, bin) => {
      const index = indexOf(anchor.level, image, s * head.regMax + bin, anchor.cell);
      grads[anchor.levelIndex][index] = slopes[s] * slope + (dflScale * dfl.grad[bin]) / 4;
    });
  });
  return sum;
}
