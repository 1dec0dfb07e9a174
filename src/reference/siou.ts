import {
  type Box,
  type BoxTerm,
  centreOffset,
  chain,
  EPS,
  enclosure,
  intersectionOverUnion,
  lengthDifference,
  product,
  ratio,
  shareOfMax,
  sum,
} from './box-terms.ts';

/** Power θ of the shape cost; the paper suggests about 4. */
const SHAPE_POWER = 4;

/**
 * SCYLLA-IoU: IoU − (Δ + Ω)/2. The gradient holds nothing constant.
 *
 * Angle cost Λ = sin 2α = 2·|dx·dy|/(dx² + dy²), α the angle between the line of the centres and an
 * axis; distance cost Δ = Σ over axes of 1 − e^(−γρ), γ = 2 − Λ, ρ = (centre offset / enclosing side)²;
 * shape cost Ω = Σ over axes of (1 − e^(−ω))^4, ω = |difference of lengths| / the longer one.
 * 1e-7 is added to every denominator.
 *
 * @param pred xyxy
 * @param target xyxy, same units
 * Source: Gevorgyan, arXiv:2205.12740
 */
export function siou(pred: Box, target: Box): BoxTerm {
  const { iou } = intersectionOverUnion(pred, target);
  const costs = sum(distanceCost(pred, target), 1, shapeCost(pred, target));
  return sum(iou, -0.5, costs);
}

function distanceCost(pred: Box, target: Box): BoxTerm {
  const offsets = [centreOffset(pred, target, 0), centreOffset(pred, target, 1)];
  const squares = offsets.map((offset) => product(offset, offset));
  const both = product(offsets[0], offsets[1]);
  const size = chain(both, Math.abs(both.value), Math.sign(both.value));
  const angle = ratio(size, sum(squares[0], 1, squares[1], EPS));

  const [x, y] = enclosure(pred, target).map((side, axis) => {
    const squaredSide = product(side, side);
    const rho = ratio(squares[axis], { ...squaredSide, value: squaredSide.value + EPS });
    // γρ with γ = 2 − Λ and Λ = 2 · angle
    const exponent = sum(chain(rho, 2 * rho.value, 2), -2, product(angle, rho));
    return saturate(exponent);
  });
  return sum(x, 1, y);
}

function shapeCost(pred: Box, target: Box): BoxTerm {
  const [x, y] = ([0, 1] as const).map((axis) => {
    const difference = lengthDifference(pred, target, axis);
    const [length, targetLength] = [pred, target].map((box) => box[axis + 2] - box[axis]);
    const longer = chain(
      difference,
      Math.max(length, targetLength) + EPS,
      shareOfMax(length, targetLength),
    );
    const size = chain(difference, Math.abs(difference.value), Math.sign(difference.value));
    const cost = saturate(ratio(size, longer));
    const slope = SHAPE_POWER * cost.value ** (SHAPE_POWER - 1);
    return chain(cost, cost.value ** SHAPE_POWER, slope);
  });
  return sum(x, 1, y);
}

/** 1 − e^−a, without losing small results. */
function saturate(a: BoxTerm): BoxTerm {
  return chain(a, -Math.expm1(-a.value), Math.exp(-a.value));
}
