import type { Term } from './term.ts';

/** Centre, size, and angle in radians. */
export type RotatedBox = [x: number, y: number, width: number, height: number, angle: number];

const EPS = 1e-7;
/** Largest Bhattacharyya distance; e^−100 is negligible beside eps. */
const FARTHEST = 100;

/**
 * ProbIoU of two rotated boxes as Gaussians of variance size²/12 along their sides: 1 − √(1 − e^−D_B), in which
 * D_B is the Bhattacharyya distance, clamped to [1e-7, 100].
 *
 * 1e-7 is added to the determinants, to the logarithm's argument and under the root. The gradient is with respect to
 * the predicted box; it is 0 if the distance is clamped, as it is for equal boxes.
 *
 * Covariances of long or nearly equal boxes cancel badly. Therefore everything here is a sum of terms of one sign in
 * the boxes' own axes, since a determinant does not depend on rotation.
 *
 * @param pred xywh and angle
 * @param target same format and units; the result is symmetric
 * @param floor what is added to every variance along a side, in squared units
 * Source: Llerena et al., arXiv:2106.06072
 */
export function probIou(pred: RotatedBox, target: RotatedBox, floor = 0): Term<RotatedBox> {
  const distance = floor === 0 ? bhattacharyya(pred, target) : flooredDistance(pred, target, floor);
  const clamped = Math.min(Math.max(distance.value, EPS), FARTHEST);
  const hellinger = Math.sqrt(-Math.expm1(-clamped) + EPS);
  const value = 1 - hellinger;
  if (distance.value < EPS || distance.value > FARTHEST) return { value, grad: [0, 0, 0, 0, 0] };
  const slope = -Math.exp(-clamped) / (2 * hellinger);
  return { value, grad: distance.grad.map((d) => slope * d) as RotatedBox };
}

/** Distance of the boxes whose variances size²/12 are those of the given boxes plus the floor. */
function flooredDistance(pred: RotatedBox, target: RotatedBox, floor: number): Term<RotatedBox> {
  const widened = (size: number) => Math.sqrt(size ** 2 + 12 * floor);
  const widen = ([x, y, width, height, angle]: RotatedBox): RotatedBox => [
    x,
    y,
    widened(width),
    widened(height),
    angle,
  ];
  const { value, grad } = bhattacharyya(widen(pred), widen(target));
  const [dx, dy, dWidth, dHeight, dAngle] = grad;
  const [, , width, height] = pred;
  const sizes = [dWidth * (width / widened(width)), dHeight * (height / widened(height))];
  return { value, grad: [dx, dy, sizes[0], sizes[1], dAngle] };
}

/** Bhattacharyya distance: the centres' distance relative to both boxes' spread, plus the difference of the spreads. */
function bhattacharyya(pred: RotatedBox, target: RotatedBox): Term<RotatedBox> {
  const offset = centreForm(pred, target);
  const { determinant, excess, root } = determinants(pred, target);

  // ¼ · form / (D + eps)
  const spread = 4 * (determinant.value + EPS);
  const centre = offset.value / spread;
  // ½ · ln(D / (4s + eps) + eps); the argument less 1 is (excess − eps) / (4s + eps) + eps
  const scale = 4 * root.value + EPS;
  const relative = (excess.value - EPS) / scale;
  const shape = Math.log1p(relative + EPS) / 2;
  const slope = 1 / (2 * (1 + relative + EPS));
  const grad = offset.grad.map(
    (d, i) =>
      (d - 4 * centre * determinant.grad[i]) / spread +
      (slope * (excess.grad[i] - 4 * relative * root.grad[i])) / scale,
  );
  return { value: centre + shape, grad: grad as RotatedBox };
}

/**
 * Δᵀ·adj(Σ1 + Σ2)·Δ for the centres' offset Δ: the sum over boxes and their sides of the squared offset along one side
 * times the variance along the other.
 */
function centreForm(pred: RotatedBox, target: RotatedBox): Term<RotatedBox> {
  const [dx, dy] = [pred[0] - target[0], pred[1] - target[1]];
  const parts = [pred, target].map(([, , width, height, angle]) => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [a, b] = [width ** 2 / 12, height ** 2 / 12];
    const [along, across] = [dx * cos + dy * sin, dy * cos - dx * sin];
    return {
      value: b * along ** 2 + a * across ** 2,
      dx: 2 * (b * along * cos - a * across * sin),
      dy: 2 * (b * along * sin + a * across * cos),
      dWidth: (width / 6) * across ** 2,
      dHeight: (height / 6) * along ** 2,
      dAngle: 2 * along * across * (b - a),
    };
  });
  const [own, other] = parts;
  return {
    value: own.value + other.value,
    grad: [own.dx + other.dx, own.dy + other.dy, own.dWidth, own.dHeight, own.dAngle],
  };
}

/** Determinant D of Σ1 + Σ2, root s = √(det Σ1 · det Σ2), and excess D − 4s, which is 0 for equal shapes. */
function determinants(pred: RotatedBox, target: RotatedBox) {
  const [, , w1, h1, angle1] = pred.map((x, i) => (i === 2 || i === 3 ? Math.abs(x) : x));
  const [, , w2, h2, angle2] = target.map((x, i) => (i === 2 || i === 3 ? Math.abs(x) : x));
  // The difference of large angles would lose digits
  const [own, other] = [angle1, angle2].map((angle) => [Math.cos(angle), Math.sin(angle)]);
  const cos = own[0] * other[0] + own[1] * other[1];
  const sin = own[1] * other[0] - own[0] * other[1];
  const [cos2, sin2] = [cos ** 2, sin ** 2];

  // These differences of products are exact zeros if the shapes are equal
  const areas = w1 * h1 - w2 * h2;
  const crossed = w1 * h2 - h1 * w2;
  const parallel = w1 * w2 - h1 * h2;
  const excess = (areas ** 2 + cos2 * crossed ** 2 + sin2 * parallel ** 2) / 144;
  const root = (w1 * h1 * w2 * h2) / 144;

  const turn = ((w1 ** 2 - h1 ** 2) * (w2 ** 2 - h2 ** 2) * 2 * sin * cos) / 144;
  const excessGrad = [
    (areas * h1 + cos2 * crossed * h2 + sin2 * parallel * w2) / 72,
    (areas * w1 - cos2 * crossed * w2 - sin2 * parallel * h2) / 72,
  ];
  const rootGrad = [(h1 * w2 * h2) / 144, (w1 * w2 * h2) / 144];
  // The sizes count by absolute value; the gradient is 0 at size 0
  const bySize = (grad: number[], angle: number): RotatedBox => [
    0,
    0,
    Math.sign(pred[2]) * grad[0],
    Math.sign(pred[3]) * grad[1],
    angle,
  ];
  return {
    determinant: {
      value: excess + 4 * root,
      grad: bySize(
        excessGrad.map((d, i) => d + 4 * rootGrad[i]),
        turn,
      ),
    },
    excess: { value: excess, grad: bySize(excessGrad, turn) },
    root: { value: root, grad: bySize(rootGrad, 0) },
  };
}
