import type { IouKind } from '../types.ts';
import {
  type Box,
  type BoxTerm,
  combine,
  EPS,
  enclosure,
  intersectionOverUnion,
  product,
  ratio,
  size,
  sum,
} from './box-terms.ts';
import { centreDistance } from './centre-distance.ts';
import { eiou } from './eiou.ts';
import { siou } from './siou.ts';

export type { Box } from './box-terms.ts';

/** Least similarity of boxes that are not inside out. */
const LEAST: Readonly<Record<IouKind, number>> = {
  iou: 0,
  giou: -1,
  diou: -1,
  ciou: -2,
  eiou: -3,
  siou: -2,
};
/** Most that the union is in units of the enclosing area; beyond it the latter counts as the union. */
const MOST_FILLED = 1.0001;

export interface Similarity extends BoxTerm {
  /** CIoU's trade-off factor α, which the gradient holds constant; 0 for the other kinds. */
  tradeOff: number;
}

/**
 * Similarity of two boxes and its gradient with respect to the predicted one.
 *
 * IoU; GIoU = IoU − (enclosing − union) / enclosing; DIoU = IoU − d²/c²; CIoU = DIoU − αv, with d
 * the distance of the centres, c the diagonal of the enclosing box, v the difference in aspect.
 * 1e-7 is added to both heights, to the union, to the enclosing area, to c² and to α's denominator,
 * in the boxes' own units: the result depends on whether these are pixels or grid cells.
 * GIoU is IoU where the union is larger than 1.0001 times the enclosing area: the union of boxes that are
 * very flat is mostly eps, and that of predictions that are inside out on both axes has no bound.
 * A prediction that is inside out has at least the least similarity of other boxes, with gradient 0 where it is raised:
 * its area may be negative, and its centre and its lengths may exceed the enclosing box.
 * At ties, an edge gets half of the gradient if two edges coincide, all of it if the boxes just touch.
 *
 * @param pred xyxy, may be inside out
 * @param target xyxy, same units
 * @param tradeOff α that replaces the boxes' own
 * Source: arXiv:1902.09630 (GIoU), arXiv:1911.08287 eq. 7–12 (DIoU, CIoU); see also `siou` and `eiou`
 */
export function boxSimilarity(
  kind: IouKind,
  pred: Box,
  target: Box,
  tradeOff?: number,
): Similarity {
  const own = formula(kind, pred, target, tradeOff);
  const isInsideOut = pred[2] < pred[0] || pred[3] < pred[1];
  if (!isInsideOut || !(own.value < LEAST[kind])) return own;
  return { ...own, value: LEAST[kind], grad: combine(() => 0) };
}

/** The similarity as its formula gives it. */
function formula(kind: IouKind, pred: Box, target: Box, tradeOff?: number): Similarity {
  if (kind === 'siou') return { ...siou(pred, target), tradeOff: 0 };
  if (kind === 'eiou') return { ...eiou(pred, target), tradeOff: 0 };
  const { iou, union } = intersectionOverUnion(pred, target);
  if (kind === 'iou') return { ...iou, tradeOff: 0 };

  if (kind === 'giou') {
    const [width, height] = enclosure(pred, target);
    const { value, grad } = product(width, height);
    if (union.value > MOST_FILLED * (value + EPS)) return { ...iou, tradeOff: 0 };
    return { ...sum(iou, 1, ratio(union, { value: value + EPS, grad }), -1), tradeOff: 0 };
  }

  const diou = sum(iou, -1, centreDistance(pred, target));
  if (kind === 'diou') return { ...diou, tradeOff: 0 };

  const aspect = aspectDifference(pred, target);
  const alpha = tradeOff ?? aspect.value / (aspect.value - iou.value + 1 + EPS);
  return { ...sum(diou, -alpha, aspect), tradeOff: alpha };
}

/** v = 4/π² · (atan(w/h of the prediction) − atan(w/h of the target))². */
function aspectDifference(pred: Box, target: Box): BoxTerm {
  const [p, t] = [size(pred), size(target)];
  const difference = Math.atan(p.width / p.height) - Math.atan(t.width / t.height);
  const scale = (8 / Math.PI ** 2) * (difference / (p.width ** 2 + p.height ** 2));
  return {
    value: (4 / Math.PI ** 2) * difference ** 2,
    grad: [-scale * p.height, scale * p.width, scale * p.height, -scale * p.width],
  };
}
