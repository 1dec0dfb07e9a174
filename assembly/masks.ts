import { entropy } from './mask-entropy';
import { MaskGroup, MasksParams } from './mask-params';
import { addToFour, addToOne, byFourCoefficients, logitRow } from './mask-products';
import { resizedLoss } from './mask-resize';

/** Loss of a group in a band; leaves the gradients by its logits in the scratch memory. */
// @ts-ignore: decorator
@inline
function groupLoss(p: MasksParams, group: MaskGroup, prototypes: usize): f64 {
  const pixels = group.width;
  const height = group.height;
  const count = <usize>group.count;
  const positivePitch = group.positivePitch;
  const label = f32x4.splat(group.label);
  const weight = f32x4.splat(group.weight);
  let mask = p.masks + (<usize>group.firstPixel << 2);
  let logits = p.scratch;
  let loss: f64 = 0;
  for (let y = 0; y < height; y++) {
    logitRow(p, group, prototypes, logits);
    for (let j: usize = 0; j < count; j++) {
      loss += entropy(logits + j * positivePitch, mask, pixels, label, weight);
    }
    prototypes += <usize>p.width << 2;
    mask += <usize>group.maskPitch << 2;
    logits += group.rowPitch;
  }
  return loss;
}

/** Adds a group's part to the gradients by prototypes. */
// @ts-ignore: decorator
@inline
function addToGradients(p: MasksParams, group: MaskGroup, gradients: usize): void {
  const channels = p.channels;
  const coefficientPitch = <usize>group.paddedCount << 2;
  const coefficients = p.coefficients + (<usize>group.firstCoefficient << 2);
  for (let m = 0; m < channels; ) {
    const isFour = m + 4 <= channels;
    const gradient = gradients + <usize>m * p.gradientPitch;
    const coefficient = coefficients + <usize>m * coefficientPitch;
    if (isFour) addToFour(p, group, gradient, coefficient);
    else addToOne(p, group, gradient, coefficient);
    m += isFour ? 4 : 1;
  }
}

/** Writes the gradients by a group's coefficients. */
// @ts-ignore: decorator
@inline
function byCoefficients(p: MasksParams, group: MaskGroup, prototypes: usize, out: usize): void {
  const channels = p.channels;
  const paddedCount = <usize>group.paddedCount;
  const positivePitch = group.positivePitch;
  for (let m = 0; m < channels; m += 2) {
    const second = m + 1 < channels ? p.channelPitch : 0;
    for (let j: usize = 0; j < paddedCount; j += 4) {
      byFourCoefficients(p, group, prototypes, second, p.scratch + j * positivePitch, out + (j << 3));
    }
    prototypes += 2 * p.channelPitch;
    out += paddedCount << 4;
  }
}

/**
 * Mask loss of one image's positives in a band of rows, inside their crops, and its gradients: BCE of the logits
 * Σ over m of coefficient · prototype with the target's mask. Logits are resized where masks have another size: that of
 * prototypes, which are resized before the sum, would give the same.
 *
 * Source: Bolya et al., arXiv:1904.02689
 */
export function masks(p: MasksParams): void {
  const gradients = p.gradients;
  const rowPitch = <usize>p.width << 2;
  if (gradients) {
    for (let m: usize = 0; m < <usize>p.channels; m++) {
      memory.fill(gradients + m * p.gradientPitch, 0, <usize>p.rows * rowPitch);
    }
  }
  let coefficientGradients = p.coefficientGradients;
  for (let g = 0; g < p.groupCount; g++) {
    const group = changetype<MaskGroup>(p.groups + <usize>g * offsetof<MaskGroup>());
    const corner = <usize>group.top * rowPitch + (<usize>group.left << 2);
    const prototypes = p.prototypes + corner;
    const loss = p.maskWidth ? resizedLoss(p, group, prototypes) : groupLoss(p, group, prototypes);
    store<f64>(p.losses + (<usize>g << 3), loss);
    if (gradients) addToGradients(p, group, gradients + corner);
    if (!coefficientGradients) continue;
    byCoefficients(p, group, prototypes, coefficientGradients);
    coefficientGradients += <usize>(p.channels * group.paddedCount) << 3;
  }
}
