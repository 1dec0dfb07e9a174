import type { Geometry } from './align.ts';
import { decodeSides } from './boxes.ts';
import type { SmallTargets } from './defaults.ts';
import type { Side } from './dfl.ts';
import type { Box } from './iou.ts';
import { type Anchor, anchorAt, type Head } from './levels.ts';
import { probIou, type RotatedBox } from './probiou.ts';
import type { RotatedTarget } from './rotated-targets.ts';
import { grownSide } from './small-targets.ts';

/**
 * Rotated box around an anchor. The distances determine its size and the position of its centre in its own axes.
 *
 * centre = anchor + (xf·cos − yf·sin, xf·sin + yf·cos), xf = (right − left)/2, yf = (bottom − top)/2;
 * width = left + right, height = top + bottom.
 *
 * @param angle radians, as predicted
 * @returns grid units
 */
export function rotatedBoxAround(
  { x, y }: Anchor,
  sides: readonly Side[],
  angle: number,
): RotatedBox {
  const [left, top, right, bottom] = sides.map(({ distance }) => distance);
  const [xf, yf] = [(right - left) / 2, (bottom - top) / 2];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [x + xf * cos - yf * sin, y + xf * sin + yf * cos, left + right, top + bottom, angle];
}

/**
 * Backpropagates a gradient with respect to the box.
 *
 * @returns gradients with respect to the four distances and to the angle
 */
export function rotatedBoxGrad(
  { x, y }: Anchor,
  box: RotatedBox,
  [gx, gy, gWidth, gHeight, gAngle]: RotatedBox,
): { sides: number[]; angle: number } {
  const [cos, sin] = [Math.cos(box[4]), Math.sin(box[4])];
  const along = (gx * cos + gy * sin) / 2; // half of ∂/∂xf, as xf is half a difference
  const across = (gy * cos - gx * sin) / 2;
  const [dx, dy] = [box[0] - x, box[1] - y];
  return {
    sides: [gWidth - along, gHeight - across, gWidth + along, gHeight + across],
    // The angle also rotates the centre about the anchor
    angle: gAngle + gy * dx - gx * dy,
  };
}

/**
 * Geometry of rotated boxes: candidates are anchors inside the target's rectangle or on its border, whose short sides
 * grow, and the similarity is ProbIoU in pixels.
 *
 * @param angles [B, 1, A] flat, radians
 */
export function rotatedGeometry(
  head: Head,
  image: number,
  angles: ArrayLike<number>,
  smallTargets: SmallTargets | false = false,
): Geometry<RotatedTarget> {
  const boxes = Array.from({ length: head.anchors }, (_, index): RotatedBox => {
    const anchor = anchorAt(head, index);
    const angle = angles[image * head.anchors + index];
    const box = rotatedBoxAround(anchor, decodeSides(head, anchor, image), angle);
    return scaleRotated(box, anchor.level.stride);
  });
  return {
    isCandidate: ({ rotated }, x, y) => {
      const [along, across] = inFrame(rotated, x, y);
      const [width, height] = [rotated[2], rotated[3]].map((side) => grownSide(side, smallTargets));
      return Math.abs(along) <= width / 2 && Math.abs(across) <= height / 2;
    },
    similarity: (anchor, { rotated }) => probIou(boxes[anchor], rotated).value,
  };
}

/** Multiplies centre and size by a factor. */
export function scaleRotated([x, y, w, h, angle]: RotatedBox, factor: number): RotatedBox {
  return [x * factor, y * factor, w * factor, h * factor, angle];
}

/** Whether a point is strictly inside a target's own box. Pixels. */
export function isInsideRotated({ rotated }: RotatedTarget, x: number, y: number): boolean {
  const [along, across] = inFrame(rotated, x, y);
  return Math.abs(along) < rotated[2] / 2 && Math.abs(across) < rotated[3] / 2;
}

/** Offset of a point from a box's centre, along and across the box. */
function inFrame([centreX, centreY, , , angle]: RotatedBox, x: number, y: number) {
  const [dx, dy] = [x - centreX, y - centreY];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [dx * cos + dy * sin, dy * cos - dx * sin];
}

/** Distances of a box's sides from an anchor in the box's own frame: left, top, right, bottom. Grid units. */
export function rotatedDistancesTo({ x, y }: Anchor, box: RotatedBox): Box {
  const [along, across] = inFrame(box, x, y);
  const [halfWidth, halfHeight] = [box[2] / 2, box[3] / 2];
  return [halfWidth + along, halfHeight + across, halfWidth - along, halfHeight - across];
}
