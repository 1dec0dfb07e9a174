import type { Stages } from '../../stages.ts';
import { bandsOf, groupByTarget, type MaskBand, type MaskGroup } from '../assign/mask-groups.ts';
import type { Steps } from '../assign/pairs.ts';
import { type Positives, positivesByImage } from '../assign/positives.ts';
import { type Kernels, MASK_GROUP } from '../programs/criteria/kernels.ts';
import { JOIN, SlotLayout, type Task } from '../runtime/task.ts';
import type { MaskGrads, MaskInputs } from '../task-inputs.ts';
import type { HeadContext } from './head.ts';
import { loadMasks, type MaskPlace, type MaskSource, maskFloats } from './mask-targets.ts';

/** Number of prototype values in a band: they and their gradients stay in a usual second-level cache. */
const BAND_FLOATS = 1 << 15;

/** Inputs that the images of a call share. */
interface Stage extends HeadContext, MaskSource {
  inputs: MaskInputs;
  /** M. */
  channels: number;
  /** Factor of the gradients. */
  scale: number;
  grads: MaskGrads | null;
}

/**
 * Mask loss of the positives, each inside its target's box, image by image and in bands of rows, so that no tensor of
 * positives × pixels is needed.
 *
 * @param scale factor of the gradients: gain · B / P
 * @param grads every value is written
 * @returns Σ over positives of Σ BCE in the crop / (h · w · the box's normalised area), before gain and / P
 * Source: Bolya et al., arXiv:1904.02689
 */
export function* masks(
  head: HeadContext,
  positives: Positives,
  inputs: MaskInputs,
  scale: number,
  grads: MaskGrads | null,
): Stages<number> {
  const { engine, predictions } = head;
  const { truth } = inputs;
  const [, channels, height, width] = inputs.prototypes.shape;
  const rows = Math.min(height, Math.max(1, Math.floor(BAND_FLOATS / (channels * width))));
  const stage: Stage = { ...head, inputs, truth, channels, height, width, scale, grads };
  const images = positivesByImage(positives, predictions.batch).map((own) =>
    bandsOf(groupByTarget(head, own, stage), height, rows),
  );
  const slotBytes = Math.max(0, ...images.flat().map((band) => layoutOf(stage, band).end));
  const chains = images.map((bands, image) => maskImage(stage, image, bands));
  const sums = yield* engine.run(slotBytes, chains);
  return sums.reduce((total, sum) => total + sum, 0);
}

function* maskImage(stage: Stage, image: number, bands: readonly MaskBand[]): Steps<number> {
  const { arena } = stage.engine;
  const { grads } = stage;
  const busy = bands.filter(({ groups }) => groups.length > 0);
  const groups = groupsOf(busy);
  const count = coefficientsOf(stage, groups);
  const coefficients = arena.take(count * 4);
  gatherCoefficients(stage, image, groups, coefficients);
  if (grads) zeroGradients(stage, grads, image, bands);
  const results: number[] = [];
  for (const band of busy) {
    const result = arena.take(resultBytes(stage, band));
    results.push(result);
    yield maskTask(stage, image, band, coefficients, result);
  }
  yield JOIN;
  return sumBands(stage, image, busy, results, count);
}

/** Number of coefficients of some groups, with padding. */
function coefficientsOf({ channels }: Stage, groups: readonly MaskGroup[]): number {
  return groups.reduce((sum, { paddedCount }) => sum + channels * paddedCount, 0);
}

/** Bytes of the results of a band: f64 losses of its groups and gradients by their coefficients. */
function resultBytes(stage: Stage, { groups }: MaskBand): number {
  return (groups.length + (stage.grads ? coefficientsOf(stage, groups) : 0)) * 8;
}

/** Offsets in a slot. */
function layoutOf(stage: Stage, band: MaskBand) {
  const { channels, width, truth, grads } = stage;
  const pixels = (band.to - band.from) * width;
  const logits = band.groups.map(({ paddedCount, crop: { left, top, right, bottom } }) => {
    return paddedCount * (bottom - top) * (Math.ceil((right - left) / 4) * 4);
  });
  const layout = new SlotLayout();
  return {
    prototypes: layout.take(channels * pixels * 4),
    gradients: layout.take(grads ? channels * pixels * 4 : 0),
    groups: layout.take(band.groups.length * MASK_GROUP.bytes),
    masks: layout.take(maskFloats(truth, band.groups, pixels) * 4),
    result: layout.take(resultBytes(stage, band)),
    scratch: layout.take(Math.max(0, ...logits) * 4),
    end: layout.end,
  };
}

function maskTask(
  stage: Stage,
  image: number,
  band: MaskBand,
  coefficients: number,
  result: number,
): Task<Kernels> {
  const { arena } = stage.engine;
  const { channels, height, width, grads } = stage;
  const { from, to, groups } = band;
  const at = layoutOf(stage, band);
  const pixels = (to - from) * width;
  const plane = height * width;
  const first = image * channels * plane + from * width;
  const prototypes = stage.inputs.prototypes.data;
  const readsInPlace = arena.addressOf(prototypes) >= 0;
  const writesInPlace = grads !== null && arena.addressOf(grads.prototypes) >= 0;
  return {
    kernel: 'masks',
    isInPlace: writesInPlace,
    load(slot) {
      if (!readsInPlace) {
        for (let m = 0; m < channels; m++) {
          const to = slot + at.prototypes + m * pixels * 4;
          arena.bringIn(to, prototypes, first + m * plane, pixels);
        }
      }
      const masks = loadMasks(arena, stage, image, band, slot + at.masks);
      writeGroups(stage, band, masks, slot + at.groups);
      const pitchOf = (isInPlace: boolean) => (isInPlace ? plane : pixels) * 4;
      const gradients = writesInPlace
        ? arena.addressOf(grads.prototypes) + first * 4
        : slot + at.gradients;
      return {
        prototypes: readsInPlace ? arena.addressOf(prototypes) + first * 4 : slot + at.prototypes,
        channelPitch: pitchOf(readsInPlace),
        channels,
        width,
        rows: to - from,
        groups: slot + at.groups,
        groupCount: groups.length,
        coefficients,
        masks: slot + at.masks,
        gradients: grads ? gradients : 0,
        gradientPitch: pitchOf(writesInPlace),
        losses: slot + at.result,
        coefficientGradients: slot + at.result + groups.length * 8,
        scratch: slot + at.scratch,
      };
    },
    store(slot) {
      const source = slot + at.result;
      arena.u8.copyWithin(result, source, source + resultBytes(stage, band));
      if (!grads || writesInPlace) return;
      for (let m = 0; m < channels; m++) {
        const from = slot + at.gradients + m * pixels * 4;
        arena.takeOut(from, grads.prototypes, first + m * plane, pixels);
      }
    },
  };
}

/** Writes the records of a band's groups. */
function writeGroups(
  { engine: { arena }, scale, truth }: Stage,
  { groups, from }: MaskBand,
  masks: readonly MaskPlace[],
  to: number,
): void {
  groups.forEach(({ target, anchors, firstCoefficient, crop, weight }, g) => {
    MASK_GROUP.write(arena, to + g * MASK_GROUP.bytes, {
      left: crop.left,
      right: crop.right,
      top: crop.top - from,
      bottom: crop.bottom - from,
      count: anchors.length,
      firstCoefficient,
      firstPixel: masks[g].firstPixel,
      maskPitch: masks[g].maskPitch,
      label: truth.overlap ? target + 1 : 1,
      weight: scale * weight,
    });
  });
}

/**
 * Copies the coefficients of an image's groups to one place.
 *
 * @param to address of f32, [M, paddedCount] a group, with zeros in the padding
 */
function gatherCoefficients(
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

/** Clears the gradients of coefficients, and those of the bands of prototypes that have no group. */
function zeroGradients(
  { predictions, channels, height, width }: Stage,
  grads: MaskGrads,
  image: number,
  bands: readonly MaskBand[],
): void {
  const coefficients = channels * predictions.anchors;
  grads.coefficients.fill(0, image * coefficients, (image + 1) * coefficients);
  for (const { from, to } of bands.filter(({ groups }) => groups.length === 0)) {
    for (let m = 0; m < channels; m++) {
      const plane = (image * channels + m) * height;
      grads.prototypes.fill(0, (plane + from) * width, (plane + to) * width);
    }
  }
}

/**
 * Adds the results of an image's bands in their order, and writes the gradients of coefficients.
 *
 * @param results addresses, see `resultBytes`
 * @param count number of the image's coefficients, with padding
 * @returns the loss
 */
function sumBands(
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
function groupsOf(bands: readonly MaskBand[]): MaskGroup[] {
  return [
    ...new Map(bands.flatMap(({ groups }) => groups.map((g) => [g.firstCoefficient, g]))).values(),
  ];
}
