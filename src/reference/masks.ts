import type { Tensor } from '../types.ts';
import type { ReferenceAssignment } from './assign.ts';
import type { Head } from './levels.ts';
import { binaryCrossEntropy } from './losses/bce-with-logits.ts';
import { cropTo, type MaskTargets, maskTarget } from './mask-targets.ts';
import type { ImageTarget } from './targets.ts';

/** Parts of the predicted masks: the logits of a positive's mask are Σ over m of coefficient · prototype. */
export interface MaskPredictions {
  /** [B, M, A] */
  coefficients: Tensor<ArrayLike<number>>;
  /** [B, M, h, w] */
  prototypes: Tensor<ArrayLike<number>>;
}

/** Gradients in the shapes of the predictions, flat. */
export interface MaskGrads {
  coefficients: Float64Array;
  prototypes: Float64Array;
}

/**
 * Mask loss: BCE of each positive's logits with its target's mask, summed over the pixels inside the
 * target's box and divided by h·w and by the box's normalised area; then the mean over positives, each times its
 * target's weight.
 *
 * @param scale factor of the loss and of its gradients
 * @param grads receives the gradients, which are added
 * @returns scale · loss; P = 0: 0
 * Source: Bolya et al., arXiv:1904.02689
 */
export function masks(
  head: Head,
  targets: readonly ImageTarget[][],
  assignment: ReferenceAssignment,
  { predictions, truth }: { predictions: MaskPredictions; truth: MaskTargets },
  scale: number,
  grads: MaskGrads,
): number {
  const [, , height, width] = predictions.prototypes.shape;
  const imageSize = { height: head.imageHeight, width: head.imageWidth };
  let sum = 0;
  assignment.anchor.forEach((anchor, i) => {
    const [image, index] = [assignment.image[i], assignment.target[i]];
    const target = targets[image][index];
    const isInside = maskTarget(truth, { height, width }, image, index, target.source);
    const crop = cropTo(target, imageSize, { height, width });
    const [x1, y1, x2, y2] = target.box;
    const area = ((x2 - x1) * (y2 - y1)) / (imageSize.width * imageSize.height);
    const share = scale / (assignment.anchor.length * height * width * area);
    const weight = share * (target.weight ?? 1);

    const pixelLoss = pixels(predictions, head.anchors, image, anchor, grads);
    for (let row = crop.rows[0]; row < crop.rows[1]; row++) {
      for (let column = crop.columns[0]; column < crop.columns[1]; column++) {
        sum += pixelLoss(row * width + column, isInside(row, column), weight);
      }
    }
  });
  return sum;
}

/**
 * Prepares the loss of the pixels of a positive's mask.
 *
 * @returns a function of a pixel's row-major index, its target and the weight of its loss, which adds the
 * gradients and returns weight · BCE
 */
function pixels(
  { coefficients, prototypes }: MaskPredictions,
  anchors: number,
  image: number,
  anchor: number,
  grads: MaskGrads,
): (pixel: number, target: number, weight: number) => number {
  const [, channels, height, width] = prototypes.shape;
  const coefficientAt = (m: number) => (image * channels + m) * anchors + anchor;
  return (pixel, target, weight) => {
    const prototypeAt = (m: number) => (image * channels + m) * height * width + pixel;
    let logit = 0;
    for (let m = 0; m < channels; m++) {
      logit += coefficients.data[coefficientAt(m)] * prototypes.data[prototypeAt(m)];
    }
    const { value, grad } = binaryCrossEntropy(logit, target);
    for (let m = 0; m < channels; m++) {
      const [c, p] = [coefficientAt(m), prototypeAt(m)];
      grads.coefficients[c] += weight * grad * prototypes.data[p];
      grads.prototypes[p] += weight * grad * coefficients.data[c];
    }
    return weight * value;
  };
}
