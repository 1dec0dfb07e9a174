import type { DistanceLoss } from './defaults.ts';
import { decodeGrad, distributionFocalLoss, type Side } from './dfl.ts';
import type { Box } from './iou.ts';
import { type Anchor, type Head, indexOf } from './levels.ts';
import type { Term } from './term.ts';

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

/** Truth of an anchor's four sides, and their loss. */
interface SideTargets {
  /** Left, top, right, bottom; grid units. */
  distances: Box;
  /** Loss of the distances where R = 1; else it is DFL. */
  loss: DistanceLoss;
  /** Factor of the mean over the sides. */
  scale: number;
}

/**
 * Computes the distance loss of an anchor's four sides and backpropagates all box gradients to its logits.
 *
 * @param slopes gradient of the box loss with respect to the four distances
 * @param grads one array per level, in the layout of the predictions; the anchor's box channels are written
 * @returns scale · mean over 4 sides
 */
export function regressSides(
  head: Head,
  { image, anchor, sides }: DecodedAnchor,
  { distances, loss, scale }: SideTargets,
  slopes: readonly number[],
  grads: readonly Float64Array[],
): number {
  const imageSize = [head.imageWidth, head.imageHeight];
  let sum = 0;
  sides.forEach((side, s) => {
    const { value, grad } =
      head.regMax === 1 && loss === 'l1'
        ? distanceLoss(side.distance, distances[s], anchor.level.stride / imageSize[s % 2])
        : distributionFocalLoss(side, distances[s]);
    sum += (scale * value) / 4;
    decodeGrad(side).forEach((slope, bin) => {
      const index = indexOf(anchor.level, image, s * head.regMax + bin, anchor.cell);
      grads[anchor.levelIndex][index] = slopes[s] * slope + (scale * grad[bin]) / 4;
    });
  });
  return sum;
}

/**
 * L1 loss of a distance, relative to the image.
 *
 * @param unit a grid unit as a share of the image's width or height
 * @returns unit · |distance − target|; the gradient is 0 where both are equal
 */
function distanceLoss(distance: number, target: number, unit: number): Term<number[]> {
  const error = distance - target;
  return { value: unit * Math.abs(error), grad: [unit * Math.sign(error)] };
}
