import { type Box, type BoxTerm, clampedOverlap, enclosure, product, sum } from '../box-terms.ts';

/** Areas of two boxes' intersection, union and hull, with gradients with respect to the predicted one; no epsilon. */
export interface Areas {
  intersection: BoxTerm;
  union: BoxTerm;
  hull: BoxTerm;
}

/**
 * Measures two boxes.
 *
 * @param pred xyxy, not inside out
 * @param target xyxy, same units
 */
export function areasOf(pred: Box, target: Box): Areas {
  const intersection = product(clampedOverlap(pred, target, 0), clampedOverlap(pred, target, 1));
  const area = product(length(pred, 0), length(pred, 1));
  const targetArea = (target[2] - target[0]) * (target[3] - target[1]);
  return {
    intersection,
    union: sum(area, -1, intersection, targetArea),
    hull: product(...enclosure(pred, target)),
  };
}

function length(box: Box, axis: 0 | 1): BoxTerm {
  const grad: Box = [0, 0, 0, 0];
  grad[axis] = -1;
  grad[axis + 2] = 1;
  return { value: box[axis + 2] - box[axis], grad };
}
