import type { Tensor } from '../types.ts';
import type { ReferenceAssignment } from './assign.ts';
import { type Flow, logDensity } from './flow.ts';
import { DECODES, trueKeypoints } from './keypoints.ts';
import { anchorAt, type Head } from './levels.ts';
import { sigmoid, softplus } from './sigmoid.ts';
import type { ImageTarget } from './targets.ts';

/** Keeps the quotient of an error and its deviation defined. */
const EPS = 1e-9;
/** Largest error, in deviations. */
const FARTHEST = 100;
/** Weights of COCO's keypoints: elbows and knees, wrists and ankles count more. */
const COCO_WEIGHTS = [1, 1, 1, 1, 1, 1, 1, 1.2, 1.2, 1.5, 1.5, 1, 1, 1.2, 1.2, 1.5, 1.5];

/** Predicted keypoints with deviations, and the density of their errors. */
export interface Likely {
  /** [B, K·D, A], which decode to value + anchor, grid units. */
  predicted: Tensor<ArrayLike<number>>;
  /** [B, 2K, A], logits of the deviations of x and y, grid units. */
  sigmas: Tensor<ArrayLike<number>>;
  flow: Flow;
  /** [N, K, D] or [N, K, 3]: x and y, normalised, and visibility. */
  truth: Tensor<ArrayLike<number>>;
}

export interface LikelyGrads {
  /** To which is added. */
  keypoints: Float64Array;
  sigmas: Float64Array;
  flow: Float64Array[];
}

/** A coordinate of a visible keypoint. */
interface Coordinate {
  /** Index in the predicted keypoints and in the sigmas. */
  from: number;
  sigmaFrom: number;
  /** Logit of the deviation σ. */
  logit: number;
  sigma: number;
  /** Error in deviations, and the same, clamped to ±100. */
  raw: number;
  error: number;
}

/** A visible keypoint of a positive. */
interface Row {
  weight: number;
  coordinates: Coordinate[];
}

/**
 * Residual log-likelihood of the visible keypoints of all positives: the mean over them of
 * weight · (Σ over x and y of (2·log σ + log 2 + |e|) − 2·log φ(e)), and 0, without gradient, if that is negative.
 *
 * e = (predicted − true) / (σ + 1e-9), clamped to ±100, without gradient beyond; σ = sigmoid. Keypoints whose e is not
 * finite do not count. The weight is the target's times the keypoint's: COCO's for [17, 3], else 1.
 *
 * @param scale factor of the loss and its gradients
 * @returns scale · loss
 * Source: Li et al., arXiv:2107.11291, eq. 6–8
 */
export function likelihood(
  head: Head,
  targets: readonly ImageTarget[][],
  assignment: ReferenceAssignment,
  inputs: Likely,
  scale: number,
  grads: LikelyGrads,
): number {
  const rows = rowsOf(head, targets, assignment, inputs);
  const densities = rows.map(({ coordinates }) =>
    logDensity(
      inputs.flow,
      coordinates.map(({ error }) => error),
    ),
  );
  const sum = rows.reduce((total, { weight, coordinates }, n) => {
    // log σ = −softplus(−logit)
    const parts = coordinates.map(
      ({ logit, error }) => Math.LN2 + Math.abs(error) - 2 * softplus(-logit),
    );
    return total + weight * (parts[0] + parts[1] - 2 * densities[n].value);
  }, 0);
  if (rows.length === 0 || sum < 0) return 0;

  const share = scale / rows.length;
  rows.forEach(({ weight, coordinates }, n) => {
    const factor = share * weight;
    const byDensity = densities[n].backward(-2 * factor, grads.flow);
    coordinates.forEach(({ from, sigmaFrom, logit, sigma, raw, error }, q) => {
      // 2·log σ: ∂/∂logit is 2·(1 − σ)
      grads.sigmas[sigmaFrom] += 2 * factor * sigmoid(-logit);
      if (Math.abs(raw) > FARTHEST) return;
      const slope = (factor * Math.sign(error) + byDensity[q]) / (sigma + EPS);
      grads.keypoints[from] += slope;
      grads.sigmas[sigmaFrom] -= slope * error * sigma * sigmoid(-logit);
    });
  });
  return share * sum;
}

/** Visible keypoints with a finite error, ordered by image, anchor and keypoint. */
function rowsOf(
  head: Head,
  targets: readonly ImageTarget[][],
  assignment: ReferenceAssignment,
  { predicted, sigmas, truth }: Likely,
): Row[] {
  const [, count] = truth.shape;
  const numbers = predicted.shape[1] / count;
  const isCoco = count === COCO_WEIGHTS.length && numbers === 3;
  const { factor, offset } = DECODES['26'];
  return Array.from(assignment.anchor).flatMap((anchorIndex, i) => {
    const anchor = anchorAt(head, anchorIndex);
    const image = assignment.image[i];
    const target = targets[image][assignment.target[i]];
    return trueKeypoints(truth, target.source, head, anchor).flatMap((point, k): Row[] => {
      const coordinates = (['x', 'y'] as const).map((axis, q) => {
        const from = ((image * count + k) * numbers + q) * head.anchors + anchorIndex;
        const sigmaFrom = ((image * count + k) * 2 + q) * head.anchors + anchorIndex;
        const logit = sigmas.data[sigmaFrom];
        const sigma = sigmoid(logit);
        const decoded = factor * predicted.data[from] + anchor[axis] + offset;
        const raw = (decoded - point[axis]) / (sigma + EPS);
        const error = Math.min(Math.max(raw, -FARTHEST), FARTHEST);
        return { from, sigmaFrom, logit, sigma, raw, error };
      });
      const counts = point.visible && coordinates.every(({ raw }) => Number.isFinite(raw));
      const weight = (target.weight ?? 1) * (isCoco ? COCO_WEIGHTS[k] : 1);
      return counts ? [{ weight, coordinates }] : [];
    });
  });
}
