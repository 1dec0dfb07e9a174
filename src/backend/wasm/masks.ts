import type { Stages } from '../../stages.ts';
import type { Assignment } from '../../types.ts';
import type { GroupedTargets, Predictions } from '../backend.ts';
import type { Arena } from '../runtime/arena.ts';
import type { Engine } from '../runtime/engine.ts';
import { type Chain, JOIN, layOut, type Task } from '../runtime/task.ts';
import type { MaskGrads, MaskPredictions, MaskTargets } from '../task-inputs.ts';
import { bandsOf, groupByTarget, type MaskBand, type MaskGroup } from './mask-groups.ts';
import { loadMasks, type MaskPlace, maskFloats } from './mask-targets.ts';
import { positivesByImage, valuesOf } from './positives.ts';

/** Prototype values of a band: they and their gradients stay in a usual second-level cache. */
const BAND_FLOATS = 1 << 15;
/** A row of the kernel's table of groups: 8 int32, 2 float32. */
const GROUP_WORDS = 10;

/** What all images of a call share. */
interface Stage {
  predictions: Predictions;
  targets: GroupedTargets;
  masks: MaskPredictions;
  truth: MaskTargets;
  /** M, h, w. */
  channels: number;
  height: number;
  width: number;
  /** Of a band. */
  rows: number;
  /** Of the gradients. */
  scale: number;
  grads: MaskGrads | null;
}

/**
 * Mask loss of the positives, each inside its target's box, image by image and in bands of rows: nothing of
 * positives × pixels exists.
 *
 * @param scale of the gradients: gain · B / P
 * @param grads every value is written
 * @returns Σ over positives of Σ BCE in the crop / (h · w · the box's normalised area), before gain and / P
 * Source: Bolya et al., arXiv:1904.02689
 */
export function* masks(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  assignment: Assignment,
  masks: MaskPredictions,
  truth: MaskTargets,
  scale: number,
  grads: MaskGrads | null,
): Stages<number> {
  const [, channels, height, width] = masks.prototypes.shape;
  const rows = Math.min(height, Math.max(1, Math.floor(BAND_FLOATS / (channels * width))));
  const sizes = { channels, height, width, rows };
  const stage: Stage = { predictions, targets, masks, truth, ...sizes, scale, grads };
  const images = positivesByImage(assignment, predictions.batch).map((positives) =>
    bandsOf(groupByTarget(predictions, targets, positives, channels, height, width), height, rows),
  );
  const slotBytes = Math.max(0, ...images.flat().map((band) => layoutOf(stage, band).end));
  const chains = images.map((bands, image) => maskImage(engine, stage, image, bands));
  const sums = yield* engine.run(valuesOf(predictions), slotBytes, chains);
  return sums.reduce((total, sum) => total + sum, 0);
}

function* maskImage(
  engine: Engine,
  stage: Stage,
  image: number,
  bands: readonly MaskBand[],
): Chain<number> {
  const { arena } = engine;
  const { channels, grads } = stage;
  const busy = bands.filter(({ groups }) => groups.length > 0);
  const groups = groupsOf(busy);
  const count = groups.reduce((sum, { evenCount }) => sum + channels * evenCount, 0);
  const coefficients = arena.take(count * 4);
  gatherCoefficients(engine, stage, image, groups, coefficients);
  if (grads) zeroGradients(stage, grads, image, bands);
  const results: number[] = [];
  for (const band of busy) {
    const result = arena.take(resultBytes(stage, band));
    results.push(result);
    yield maskTask(engine, stage, image, band, coefficients, result);
  }
  yield JOIN;
  return sumBands(engine, stage, image, busy, results, count);
}

/** Losses of a band's groups and gradients of their coefficients, both f64. */
function resultBytes({ channels, grads }: Stage, { groups }: MaskBand): number {
  const coefficients = groups.reduce((sum, { evenCount }) => sum + channels * evenCount, 0);
  return (groups.length + (grads ? coefficients : 0)) * 8;
}

/** Offsets in a slot. */
function layoutOf(stage: Stage, band: MaskBand) {
  const { channels, width, truth, grads } = stage;
  const pixels = (band.to - band.from) * width;
  const slopes = band.groups.map(({ evenCount, crop: { left, top, right, bottom } }) => {
    return evenCount * (bottom - top) * (Math.ceil((right - left) / 4) * 4);
  });
  const [prototypes, gradients, table, masks, result, scratch, end] = layOut(
    channels * pixels * 4,
    grads ? channels * pixels * 4 : 0,
    band.groups.length * GROUP_WORDS * 4,
    maskFloats(truth, band.groups, pixels) * 4,
    resultBytes(stage, band),
    Math.max(0, ...slopes) * 4,
  );
  return { prototypes, gradients, table, masks, result, scratch, end };
}

function maskTask(
  { arena }: Engine,
  stage: Stage,
  image: number,
  band: MaskBand,
  coefficients: number,
  result: number,
): Task {
  const { channels, height, width, grads } = stage;
  const { from, to, groups } = band;
  const at = layoutOf(stage, band);
  const pixels = (to - from) * width;
  const plane = height * width;
  const first = image * channels * plane + from * width;
  const prototypes = stage.masks.prototypes.data;
  const readsInPlace = arena.addressOf(prototypes) >= 0;
  const writesInPlace = grads !== null && arena.addressOf(grads.prototypes) >= 0;
  return {
    kernel: 'masks',
    isInPlace: writesInPlace,
    load(slot) {
      if (!readsInPlace) {
        for (let m = 0; m < channels; m++) {
          const start = first + m * plane;
          const row = prototypes.subarray(start, start + pixels);
          arena.f32.set(row, ((slot + at.prototypes) >>> 2) + m * pixels);
        }
      }
      const { truth, targets } = stage;
      const masks = loadMasks(arena, truth, targets, image, band, height, width, slot + at.masks);
      loadGroups(arena, stage, band, masks, slot + at.table);
      const pitchOf = (isInPlace: boolean) => (isInPlace ? plane : pixels) * 4;
      const gradients = writesInPlace
        ? arena.addressOf(grads.prototypes) + first * 4
        : slot + at.gradients;
      return [
        readsInPlace ? arena.addressOf(prototypes) + first * 4 : slot + at.prototypes,
        pitchOf(readsInPlace),
        channels,
        width,
        to - from,
        slot + at.table,
        groups.length,
        coefficients,
        slot + at.masks,
        grads ? gradients : 0,
        pitchOf(writesInPlace),
        slot + at.result,
        slot + at.result + groups.length * 8,
        slot + at.scratch,
      ];
    },
    store(slot) {
      const source = slot + at.result;
      arena.u8.copyWithin(result, source, source + resultBytes(stage, band));
      if (!grads || writesInPlace) return;
      for (let m = 0; m < channels; m++) {
        const row = ((slot + at.gradients) >>> 2) + m * pixels;
        grads.prototypes.set(arena.f32.subarray(row, row + pixels), first + m * plane);
      }
    },
  };
}

/** @param masks where each group's mask is, see `loadMasks` */
function loadGroups(
  { i32, f32 }: Arena,
  { scale, truth }: Stage,
  { groups, from }: MaskBand,
  masks: readonly MaskPlace[],
  table: number,
): void {
  groups.forEach(({ owner, anchors, first, crop, weight }, g) => {
    const row = (table >>> 2) + g * GROUP_WORDS;
    const rectangle = [crop.left, crop.top - from, crop.right, crop.bottom - from];
    i32.set([...rectangle, anchors.length, first, masks[g].first, masks[g].pitch], row);
    f32[row + 8] = truth.overlap ? owner + 1 : 1;
    f32[row + 9] = scale * weight;
  });
}

/** @param to address of f32, each group's [M, even count] */
function gatherCoefficients(
  { arena: { f32 } }: Engine,
  { predictions, masks, channels }: Stage,
  image: number,
  groups: readonly MaskGroup[],
  to: number,
): void {
  const { data } = masks.coefficients;
  for (const { anchors, evenCount, first } of groups) {
    const own = (to >>> 2) + first;
    f32.fill(0, own, own + channels * evenCount);
    anchors.forEach((anchor, j) => {
      let from = image * channels * predictions.anchors + anchor;
      for (let m = 0; m < channels; m++, from += predictions.anchors) {
        f32[own + m * evenCount + j] = data[from];
      }
    });
  }
}

/** Zeros to the gradients of coefficients, and to those of bands that have no group. */
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
 * @param count of the image's coefficients
 * @returns the loss
 */
function sumBands(
  { arena: { f64 } }: Engine,
  stage: Stage,
  image: number,
  bands: readonly MaskBand[],
  results: readonly number[],
  count: number,
): number {
  const { channels, grads } = stage;
  const gradients = new Float64Array(grads ? count : 0);
  let loss = 0;
  bands.forEach(({ groups }, i) => {
    let at = results[i] >>> 3;
    for (const { weight } of groups) loss += weight * f64[at++];
    if (!grads) return;
    for (const { first, evenCount } of groups) {
      const end = first + channels * evenCount;
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
  for (const { anchors, evenCount, first } of groupsOf(bands)) {
    anchors.forEach((anchor, j) => {
      let to = image * channels * predictions.anchors + anchor;
      for (let m = 0; m < channels; m++, to += predictions.anchors) {
        grads.coefficients[to] = gradients[first + m * evenCount + j];
      }
    });
  }
}

/** Every group of the bands once. */
function groupsOf(bands: readonly MaskBand[]): MaskGroup[] {
  return [...new Map(bands.flatMap(({ groups }) => groups.map((g) => [g.first, g]))).values()];
}
