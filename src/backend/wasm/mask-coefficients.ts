import type { MaskBand, MaskGroup } from '../assign/mask-groups.ts';
import type { MaskGrads } from '../task-inputs.ts';
import type { Stage } from './mask-bands.ts';

/**
 * Copies the coefficients of an image's groups to one place.
 *
 * @param to address of f32, [M, paddedCount] a group, with zeros in the padding
 */
export function gatherCoefficients(
  {
    engine: {
      arena: { f32 },
    },
    predictions,
    inputs,
    channels,
  }: Stage,
  image: number,
  groups: readonly MaskGroup[],
  to: number,
): void {
  const { data } = inputs.coefficients;
  for (const { anchors, paddedCount, firstCoefficient } of groups) {
    const own = (to >>> 2) + firstCoefficient;
    f32.fill(0, own, own + channels * paddedCount);
    anchors.forEach((anchor, j) => {
      let from = image * channels * predictions.anchors + anchor;
      for (let m = 0; m < channels; m++, from += predictions.anchors) {
        f32[own + m * paddedCount + j] = data[from];
      }
    });
  }
}

/**
 * Adds the results of an image's bands in their order, and writes the gradients of coefficients.
 *
 * @param results addresses, see `resultBytes`
 * @param count number of the image's coefficients, with padding
 * @returns the loss
 */
export function sumBands(
  stage: Stage,
  image: number,
  bands: readonly MaskBand[],
  results: readonly number[],
  count: number,
): number {
  const { channels, grads } = stage;
  const { f64 } = stage.engine.arena;
  const gradients = new Float64Array(grads ? count : 0);
  let loss = 0;
  bands.forEach(({ groups }, i) => {
    let at = results[i] >>> 3;
    for (const { weight } of groups) loss += weight * f64[at++];
    if (!grads) return;
    for (const { firstCoefficient: first, paddedCount } of groups) {
      const end = first + channels * paddedCount;
      for (let c = first; c < end; c++) gradients[c] += f64[at++];
    }
  });
  if (grads) scatterCoefficients(stage, grads, image, bands, gradients);
  return loss;
}

/** Writes the gradients of the coefficients of the anchors that have a mask. */
function scatterCoefficients(
  { predictions, channels }: Stage,
  grads: MaskGrads,
  image: number,
  bands: readonly MaskBand[],
  gradients: Float64Array,
): void {
  for (const { anchors, paddedCount, firstCoefficient } of groupsOf(bands)) {
    anchors.forEach((anchor, j) => {
      let to = image * channels * predictions.anchors + anchor;
      for (let m = 0; m < channels; m++, to += predictions.anchors) {
        grads.coefficients[to] = gradients[firstCoefficient + m * paddedCount + j];
      }
    });
  }
}

/** Groups of the bands, each once. */
export function groupsOf(bands: readonly MaskBand[]): MaskGroup[] {
  return [
    ...new Map(bands.flatMap(({ groups }) => groups.map((g) => [g.firstCoefficient, g]))).values(),
  ];
}
