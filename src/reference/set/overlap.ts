import {
  type Box,
  type BoxTerm,
  clampedOverlap,
  combine,
  enclosure,
  product,
  ratio,
  sum,
} from '../box-terms.ts';
import type { Term } from '../term.ts';
import type { CentreBox } from './targets.ts';

/**
 * IoU of two boxes, and GIoU = IoU − (hull − union) / hull with its gradient with respect to the predicted one.
 *
 * There is no epsilon: 0/0 counts as 0, and its gradient is 0. A negative size counts as 0 and gets no gradient.
 * Edges that coincide share the gradient equally.
 * Source: arXiv:1902.09630
 */
export function boxOverlap(
  pred: CentreBox,
  target: CentreBox,
): { iou: number; giou: Term<CentreBox> } {
  const [p, t] = [cornersOf(pred), cornersOf(target)];
  const intersection = product(clampedOverlap(p, t, 0), clampedOverlap(p, t, 1));
  const union = sum(product(length(p, 0), length(p, 1)), -1, intersection, areaOf(t));
  const hull = product(...enclosure(p, t));
  const iou = quotient(intersection, union);
  const giou = sum(iou, -1, quotient(sum(hull, -1, union), hull));
  return { iou: iou.value, giou: { value: giou.value, grad: byCentre(giou.grad, pred) } };
}

/** Whether at least half of a box's area lies inside the region; never for a box of no area. */
export function liesInside(box: CentreBox, region: CentreBox): boolean {
  const [b, r] = [cornersOf(box), cornersOf(region)];
  const area = areaOf(b);
  return area > 0 && 2 * clampedOverlap(b, r, 0).value * clampedOverlap(b, r, 1).value >= area;
}

/** xyxy of a box whose negative sizes count as 0. */
export function cornersOf([x, y, width, height]: CentreBox): Box {
  const [halfWidth, halfHeight] = [Math.max(width, 0) / 2, Math.max(height, 0) / 2];
  return [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight];
}

/** Gradient with respect to centre and size, from that with respect to the corners. */
function byCentre([x1, y1, x2, y2]: Box, [, , width, height]: CentreBox): CentreBox {
  return [x1 + x2, y1 + y2, width < 0 ? 0 : (x2 - x1) / 2, height < 0 ? 0 : (y2 - y1) / 2];
}

function areaOf(box: Box): number {
  return (box[2] - box[0]) * (box[3] - box[1]);
}

function length(box: Box, axis: 0 | 1): BoxTerm {
  const grad: Box = [0, 0, 0, 0];
  grad[axis] = -1;
  grad[axis + 2] = 1;
  return { value: box[axis + 2] - box[axis], grad };
}

function quotient(a: BoxTerm, b: BoxTerm): BoxTerm {
  return b.value === 0 ? { value: 0, grad: combine(() => 0) } : ratio(a, b);
}
