import type { Term } from './term.ts';

/** x1, y1, x2, y2. */
export type Box = [x1: number, y1: number, x2: number, y2: number];

/** A number and its gradient with respect to the predicted box. */
export type BoxTerm = Term<Box>;

/** Constant that keeps quotients of boxes without area defined. */
export const EPS = 1e-7;

/** IoU and union of two boxes; 1e-7 is added to both heights and to the union. Without a union above 0 the IoU is 0. */
export function intersectionOverUnion(pred: Box, target: Box): { iou: BoxTerm; union: BoxTerm } {
  const [p, t] = [size(pred), size(target)];
  const intersection = product(clampedOverlap(pred, target, 0), clampedOverlap(pred, target, 1));
  const area: Box = [-p.height, -p.width, p.height, p.width];
  const union: BoxTerm = {
    value: p.width * p.height + t.width * t.height - intersection.value + EPS,
    grad: combine((i) => area[i] - intersection.grad[i]),
  };
  const none = { value: 0, grad: combine(() => 0) };
  return { iou: union.value <= 0 ? none : ratio(intersection, union), union };
}

export function size([x1, y1, x2, y2]: Box) {
  return { width: x2 - x1, height: y2 - y1 + EPS };
}

/** Length of the intersection along an axis (0: x, 1: y), at least 0. */
export function clampedOverlap(pred: Box, target: Box, axis: 0 | 1): BoxTerm {
  const length = Math.min(pred[axis + 2], target[axis + 2]) - Math.max(pred[axis], target[axis]);
  const grad: Box = [0, 0, 0, 0];
  if (length >= 0) {
    grad[axis] = -shareOfMax(pred[axis], target[axis]);
    grad[axis + 2] = shareOfMax(-pred[axis + 2], -target[axis + 2]);
  }
  return { value: Math.max(length, 0), grad };
}

/** Width and height of the smallest box around both. */
export function enclosure(pred: Box, target: Box): [BoxTerm, BoxTerm] {
  const side = (axis: 0 | 1): BoxTerm => {
    const grad: Box = [0, 0, 0, 0];
    grad[axis] = -shareOfMax(-pred[axis], -target[axis]);
    grad[axis + 2] = shareOfMax(pred[axis + 2], target[axis + 2]);
    const far = Math.max(pred[axis + 2], target[axis + 2]);
    return { value: far - Math.min(pred[axis], target[axis]), grad };
  };
  return [side(0), side(1)];
}

/** ∂max(a, b)/∂a. */
export function shareOfMax(a: number, b: number): number {
  return a === b ? 0.5 : Number(a > b);
}

/** Offset of the predicted centre from the target's along an axis (0: x, 1: y). */
export function centreOffset(pred: Box, target: Box, axis: 0 | 1): BoxTerm {
  const grad: Box = [0, 0, 0, 0];
  grad[axis] = 0.5;
  grad[axis + 2] = 0.5;
  return { value: (pred[axis] + pred[axis + 2] - target[axis] - target[axis + 2]) / 2, grad };
}

/** Length of the predicted box minus that of the target along an axis. */
export function lengthDifference(pred: Box, target: Box, axis: 0 | 1): BoxTerm {
  const grad: Box = [0, 0, 0, 0];
  grad[axis] = -1;
  grad[axis + 2] = 1;
  return { value: pred[axis + 2] - pred[axis] - (target[axis + 2] - target[axis]), grad };
}

export function combine(component: (i: number) => number): Box {
  return [component(0), component(1), component(2), component(3)];
}

export function product(a: BoxTerm, b: BoxTerm): BoxTerm {
  return {
    value: a.value * b.value,
    grad: combine((i) => b.value * a.grad[i] + a.value * b.grad[i]),
  };
}

export function ratio(a: BoxTerm, b: BoxTerm): BoxTerm {
  const value = a.value / b.value;
  return { value, grad: combine((i) => (a.grad[i] - value * b.grad[i]) / b.value) };
}

/** a + factor · b + constant. */
export function sum(a: BoxTerm, factor: number, b: BoxTerm, constant = 0): BoxTerm {
  return {
    value: a.value + factor * b.value + constant,
    grad: combine((i) => a.grad[i] + factor * b.grad[i]),
  };
}

/** f(a), from f's value and derivative at a. */
export function chain(a: BoxTerm, value: number, slope: number): BoxTerm {
  return { value, grad: combine((i) => slope * a.grad[i]) };
}
