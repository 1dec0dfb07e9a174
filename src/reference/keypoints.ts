import type { Tensor } from '../types.ts';
import type { ReferenceAssignment } from './assign.ts';
import { type Anchor, anchorAt, type Head } from './levels.ts';
import { binaryCrossEntropy } from './losses/bce-with-logits.ts';
import type { ImageTarget } from './targets.ts';
import type { Term } from './term.ts';

/** Constant that keeps quotients defined for boxes without area and targets without a visible keypoint. */
const EPS = 1e-9;

/** Kinds of pose heads. */
export type PoseHead = 'v8' | '26';

/** x and y decode to factor · value + anchor + offset, grid units; the anchor is the cell's centre. */
export const DECODES: Record<PoseHead, { factor: number; offset: number }> = {
  v8: { factor: 2, offset: -0.5 },
  '26': { factor: 1, offset: 0 },
};

/** Ground truth of a keypoint. */
interface TrueKeypoint {
  /** Grid units of the positive's level. */
  x: number;
  y: number;
  /** 1 or 0. */
  visible: number;
}

/** Predicted keypoints and those of the targets. */
interface Keypoints {
  /** [B, K·D, A] */
  predicted: Tensor<ArrayLike<number>>;
  /** [N, K, D] or [N, K, 3], x and y normalised to the image; the third number is visibility. */
  truth: Tensor<ArrayLike<number>>;
  /** [K] */
  sigmas: readonly number[];
  /** Kind of the head, which says how keypoints decode. Default 'v8'. */
  kind?: PoseHead;
}

/**
 * Keypoint losses of the positives, both means over P × K. Each positive's part is times its target's weight.
 *
 * pose: K / (visible + 1e-9) · (1 − e^−E) for every visible keypoint, E = d² / ((2σ)² · (area + 1e-9) · 2),
 * d the distance to the true keypoint and area that of the target's box, in grid units.
 * kobj (D = 3): BCE of the third channel with the keypoint's visibility, 1 or 0.
 * A keypoint is visible if v ≠ 0, or if the targets have no third number.
 *
 * @param scale factors of both losses and their gradients
 * @param grads [B, K·D, A] flat; the positives' elements are written
 * @returns scale · losses; P = 0: 0
 * Source: COCO's object keypoint similarity, as a loss: Maji et al., arXiv:2204.06806
 */
export function keypoints(
  head: Head,
  targets: readonly ImageTarget[][],
  assignment: ReferenceAssignment,
  { predicted, truth, sigmas, kind = 'v8' }: Keypoints,
  scale: { pose: number; kobj: number },
  grads: Float64Array,
): { pose: number; kobj: number } {
  const [, count] = truth.shape;
  const numbers = predicted.shape[1] / count;
  const terms = assignment.anchor.length * count;
  const { factor, offset } = DECODES[kind];
  const loss = { pose: 0, kobj: 0 };

  assignment.anchor.forEach((anchorIndex, i) => {
    const anchor = anchorAt(head, anchorIndex);
    const target = targets[assignment.image[i]][assignment.target[i]];
    const [x1, y1, x2, y2] = target.box;
    const area = ((x2 - x1) * (y2 - y1)) / anchor.level.stride ** 2;
    const weight = target.weight ?? 1;
    const points = trueKeypoints(truth, target.source, head, anchor);
    const seen = points.reduce((sum, { visible }) => sum + visible, 0);
    const poseWeight = (weight * scale.pose * count) / ((seen + EPS) * terms);

    points.forEach(({ x, y, visible }, k) => {
      const indexOf = (d: number) =>
        ((assignment.image[i] * count + k) * numbers + d) * head.anchors + anchorIndex;
      if (visible) {
        const dx = factor * predicted.data[indexOf(0)] + anchor.x + offset - x;
        const dy = factor * predicted.data[indexOf(1)] + anchor.y + offset - y;
        const { value, grad } = keypointTerm(dx, dy, sigmas[k], area);
        loss.pose += poseWeight * value;
        grads[indexOf(0)] = factor * poseWeight * grad[0];
        grads[indexOf(1)] = factor * poseWeight * grad[1];
      }
      if (numbers === 3) {
        const { value, grad } = binaryCrossEntropy(predicted.data[indexOf(2)], visible);
        loss.kobj += (weight * scale.kobj * value) / terms;
        grads[indexOf(2)] = (weight * scale.kobj * grad) / terms;
      }
    });
  });
  return loss;
}

/** @param source index of the target among all targets */
export function trueKeypoints(
  { data, shape: [, count, numbers] }: Tensor<ArrayLike<number>>,
  source: number,
  { imageWidth, imageHeight }: Head,
  { level: { stride } }: Anchor,
): TrueKeypoint[] {
  return Array.from({ length: count }, (_, k) => {
    const first = (source * count + k) * numbers;
    return {
      x: (data[first] * imageWidth) / stride,
      y: (data[first + 1] * imageHeight) / stride,
      visible: Number(numbers === 2 || data[first + 2] !== 0),
    };
  });
}

/**
 * 1 − e^−E of one keypoint.
 *
 * @param dx offset from the true keypoint, grid units
 * @param area area of the target's box, grid units
 * @returns grad with respect to the offset
 */
export function keypointTerm(dx: number, dy: number, sigma: number, area: number): Term<number[]> {
  const spread = (2 * sigma) ** 2 * (area + EPS) * 2;
  const exponent = (dx ** 2 + dy ** 2) / spread;
  const slope = (2 * Math.exp(-exponent)) / spread;
  return { value: -Math.expm1(-exponent), grad: [slope * dx, slope * dy] };
}
