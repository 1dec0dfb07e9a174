import {
  type Box,
  type BoxTerm,
  centreOffset,
  EPS,
  enclosure,
  product,
  ratio,
  sum,
} from './box-terms.ts';

/** d²/c²: squared distance of the centres over the enclosing box's squared diagonal, plus 1e-7. */
export function centreDistance(pred: Box, target: Box): BoxTerm {
  const [width, height] = enclosure(pred, target);
  const diagonal = sum(product(width, width), 1, product(height, height), EPS);
  const [dx, dy] = [centreOffset(pred, target, 0), centreOffset(pred, target, 1)];
  return ratio(sum(product(dx, dx), 1, product(dy, dy)), diagonal);
}
