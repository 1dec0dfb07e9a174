import type { IouKind } from '../types.ts';

/** x1, y1, x2, y2. */
export type Box = [x1: number, y1: number, x2: number, y2: number];

/** A number and its gradient with respect to the predicted box. */
interface Term {
  value: number;
  grad: Box;
}

export interface Similarity extends Term {
  /** CIoU's trade-off factor α, which the gradient holds constant; 0 for the other kinds. */
  tradeOff: number;
}

const EPS = 1e-7;

/**
 * Similarity of two boxes and its gradient with respect to the predicted one.
 *
 * IoU; GIoU = IoU − (enclosing − union) / enclosing; DIoU = IoU − d²/c²; CIoU = DIoU − αv, with d
 * the distance of the centres, c the diagonal of the enclosing box, v the difference in aspect.
 * 1e-7 is added to both heights, to the union, to the enclosing area, to c² and to α's denominator,
 * in the boxes' own units: the result depends on whether these are pixels or grid cells.
 * At ties: half of the gradient where two edges coincide, all of it where boxes just touch.
 *
 * @param pred xyxy, may be inside out
 * @param target xyxy, same units
 * @param tradeOff α to use instead of the one that belongs to the boxes
 * Source: arXiv:1902.09630 (GIoU), arXiv:1911.08287 eq. 7–12 (DIoU, CIoU)
 */
export function boxSimilarity(
  kind: IouKind,
  pred: Box,
  target: Box,
  tradeOff?: number,
): Similarity {
  const { iou, union } = intersectionOverUnion(pred, target);
  if (kind === 'iou') return { ...iou, tradeOff: 0 };

  const [width, height] = enclosure(pred, target);
  if (kind === 'giou') {
    const area = combine((i) => height.value * width.grad[i] + width.value * height.grad[i]);
    const filled = ratio(union, { value: width.value * height.value + EPS, grad: area });
    return { ...sum(iou, 1, filled, -1), tradeOff: 0 };
  }

  const diagonal: Term = {
    value: width.value ** 2 + height.value ** 2 + EPS,
    grad: combine((i) => 2 * (width.value * width.grad[i] + height.value * height.grad[i])),
  };
  const diou = sum(iou, -1, ratio(centreDistance(pred, target), diagonal));
  if (kind === 'diou') return { ...diou, tradeOff: 0 };

  const aspect = aspectDifference(pred, target);
  const alpha = tradeOff ?? aspect.value / (aspect.value - iou.value + 1 + EPS);
  return { ...sum(diou, -alpha, aspect), tradeOff: alpha };
}

function intersectionOverUnion(pred: Box, target: Box): { iou: Term; union: Term } {
  const [p, t] = [size(pred), size(target)];
  const width = clampedOverlap(pred, target, 0);
  const height = clampedOverlap(pred, target, 1);
  const intersection: Term = {
    value: width.value * height.value,
    grad: combine((i) => height.value * width.grad[i] + width.value * height.grad[i]),
  };
  const area: Box = [-p.height, -p.width, p.height, p.width];
  const union: Term = {
    value: p.width * p.height + t.width * t.height - intersection.value + EPS,
    grad: combine((i) => area[i] - intersection.grad[i]),
  };
  return { iou: ratio(intersection, union), union };
}

function size([x1, y1, x2, y2]: Box) {
  return { width: x2 - x1, height: y2 - y1 + EPS };
}

/** Length of the intersection along an axis (0: x, 1: y), at least 0. */
function clampedOverlap(pred: Box, target: Box, axis: 0 | 1): Term {
  const length = Math.min(pred[axis + 2], target[axis + 2]) - Math.max(pred[axis], target[axis]);
  const grad: Box = [0, 0, 0, 0];
  if (length >= 0) {
    grad[axis] = -shareOfMax(pred[axis], target[axis]);
    grad[axis + 2] = shareOfMax(-pred[axis + 2], -target[axis + 2]);
  }
  return { value: Math.max(length, 0), grad };
}

/** Width and height of the smallest box around both. */
function enclosure(pred: Box, target: Box): [Term, Term] {
  const side = (axis: 0 | 1): Term => {
    const grad: Box = [0, 0, 0, 0];
    grad[axis] = -shareOfMax(-pred[axis], -target[axis]);
    grad[axis + 2] = shareOfMax(pred[axis + 2], target[axis + 2]);
    const far = Math.max(pred[axis + 2], target[axis + 2]);
    return { value: far - Math.min(pred[axis], target[axis]), grad };
  };
  return [side(0), side(1)];
}

/** ∂max(a, b)/∂a. */
function shareOfMax(a: number, b: number): number {
  return a === b ? 0.5 : Number(a > b);
}

/** d²: squared distance of the centres. */
function centreDistance(pred: Box, target: Box): Term {
  const dx = (pred[0] + pred[2] - target[0] - target[2]) / 2;
  const dy = (pred[1] + pred[3] - target[1] - target[3]) / 2;
  return { value: dx ** 2 + dy ** 2, grad: [dx, dy, dx, dy] };
}

/** v = 4/π² · (atan(w/h of the prediction) − atan(w/h of the target))². */
function aspectDifference(pred: Box, target: Box): Term {
  const [p, t] = [size(pred), size(target)];
  const difference = Math.atan(p.width / p.height) - Math.atan(t.width / t.height);
  const scale = (8 / Math.PI ** 2) * (difference / (p.width ** 2 + p.height ** 2));
  return {
    value: (4 / Math.PI ** 2) * difference ** 2,
    grad: [-scale * p.height, scale * p.width, scale * p.height, -scale * p.width],
  };
}

function combine(component: (i: number) => number): Box {
  return [component(0), component(1), component(2), component(3)];
}

function ratio(a: Term, b: Term): Term {
  const value = a.value / b.value;
  return { value, grad: combine((i) => (a.grad[i] - value * b.grad[i]) / b.value) };
}

/** a + factor · b + constant. */
function sum(a: Term, factor: number, b: Term, constant = 0): Term {
  return {
    value: a.value + factor * b.value + constant,
    grad: combine((i) => a.grad[i] + factor * b.grad[i]),
  };
}
