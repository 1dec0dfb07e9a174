import {
  type Box,
  type BoxTerm,
  EPS,
  enclosure,
  intersectionOverUnion,
  lengthDifference,
  product,
  ratio,
  sum,
} from './box-terms.ts';
import { centreDistance } from './centre-distance.ts';

/**
 * Efficient IoU: DIoU − Δw²/C_w² − Δh²/C_h². Δ are the differences of width and height, C the sides of the
 * enclosing box. The gradient holds nothing constant. 1e-7 is added to every denominator.
 *
 * @param pred xyxy
 * @param target xyxy, same units
 * Source: Zhang et al., arXiv:2101.08158, the loss L_EIOU = 1 − EIoU, without its focal weight
 */
export function eiou(pred: Box, target: Box): BoxTerm {
  const { iou } = intersectionOverUnion(pred, target);
  const [width, height] = enclosure(pred, target);
  const similarity = sum(iou, -1, centreDistance(pred, target));
  const penalty = (axis: 0 | 1, side: BoxTerm) => {
    const difference = lengthDifference(pred, target, axis);
    return ratio(product(difference, difference), plusEps(product(side, side)));
  };
  return sum(sum(similarity, -1, penalty(0, width)), -1, penalty(1, height));
}

function plusEps({ value, grad }: BoxTerm): BoxTerm {
  return { value: value + EPS, grad };
}
