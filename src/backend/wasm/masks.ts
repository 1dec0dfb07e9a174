import type { Stages } from '../../stages.ts';
import { bandsOf, groupByTarget, type MaskBand } from '../assign/mask-groups.ts';
import { pixelsOfLoss } from '../assign/mask-size.ts';
import type { Steps } from '../assign/pairs.ts';
import { type Positives, positivesByImage } from '../assign/positives.ts';
import { type Kernels, MASK_GROUP } from '../programs/criteria/kernels.ts';
import { JOIN, type Task } from '../runtime/task.ts';
import type { MaskGrads, MaskInputs, MaskSums } from '../task-inputs.ts';
import type { HeadContext } from './head.ts';
import {
  coefficientsOf,
  layoutOf,
  prototypeRows,
  prototypesOf,
  resultBytes,
  type Stage,
  startsOf,
} from './mask-bands.ts';
import { gatherCoefficients, groupsOf, sumBands } from './mask-coefficients.ts';
import { loadMasks, type MaskPlace } from './mask-targets.ts';
import { semantic } from './semantic.ts';

/**
 * Mask loss of the positives, and the loss of semantic logits, before gains.
 *
 * @param scale factors of the gradients
 * @param grads every value is written
 */
export function* masks(
  head: HeadContext,
  positives: Positives,
  inputs: MaskInputs,
  scale: MaskSums,
  grads: MaskGrads | null,
): Stages<MaskSums> {
  const seg = yield* crops(head, positives, inputs, scale.seg, grads);
  const isTaught = positives.anchors.length > 0;
  const own = grads?.semantic ?? null;
  const sem = inputs.semantic
    ? yield* semantic(head.engine, inputs.semantic, isTaught ? scale.sem : null, own)
    : 0;
  return { seg, sem };
}

/**
 * Mask loss of the positives, each inside its target's box, image by image and in bands of rows, so that no tensor of
 * positives × pixels is needed.
 *
 * Source: Bolya et al., arXiv:1904.02689
 */
function* crops(
  head: HeadContext,
  positives: Positives,
  inputs: MaskInputs,
  scale: number,
  grads: MaskGrads | null,
): Stages<number> {
  const { engine, predictions } = head;
  const { truth } = inputs;
  const { full, height, width, isResized } = pixelsOfLoss(inputs);
  const [, channels] = inputs.prototypes.shape;
  const stage: Stage = {
    ...head,
    inputs,
    truth,
    channels,
    full,
    height,
    width,
    isResized,
    scale,
    grads,
  };
  const starts = startsOf(stage);
  const images = positivesByImage(positives, predictions.batch).map((own) =>
    bandsOf(groupByTarget(head, own, stage), height, starts),
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

function maskTask(
  stage: Stage,
  image: number,
  band: MaskBand,
  coefficients: number,
  result: number,
): Task<Kernels> {
  const { arena } = stage.engine;
  const { channels, full, isResized } = stage;
  const { groups } = band;
  const at = layoutOf(stage, band);
  const [from, to] = prototypeRows(stage, band);
  const pixels = (to - from) * full.width;
  const plane = full.height * full.width;
  const first = image * channels * plane + from * full.width;
  const prototypes = stage.inputs.prototypes.data;
  const grads = stage.grads?.prototypes ?? null;
  const readsInPlace = arena.addressOf(prototypes) >= 0;
  // Two bands may add to one row of prototypes if pixels read two rows
  const writesInPlace = grads !== null && !isResized && arena.addressOf(grads) >= 0;
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
      writeGroups(stage, band, from, masks, slot + at.groups);
      const pitchOf = (isInPlace: boolean) => (isInPlace ? plane : pixels) * 4;
      const gradients = writesInPlace ? arena.addressOf(grads) + first * 4 : slot + at.gradients;
      return {
        prototypes: readsInPlace ? arena.addressOf(prototypes) + first * 4 : slot + at.prototypes,
        channelPitch: pitchOf(readsInPlace),
        channels,
        width: full.width,
        rows: to - from,
        groups: slot + at.groups,
        groupCount: groups.length,
        coefficients,
        masks: slot + at.masks,
        gradients: grads ? gradients : 0,
        gradientPitch: pitchOf(writesInPlace),
        losses: slot + at.result,
        coefficientGradients: stage.grads ? slot + at.result + groups.length * 8 : 0,
        scratch: slot + at.scratch,
        maskHeight: isResized ? stage.height : 0,
        maskWidth: isResized ? stage.width : 0,
        fullHeight: full.height,
        firstRow: from,
      };
    },
    store(slot) {
      const source = slot + at.result;
      arena.u8.copyWithin(result, source, source + resultBytes(stage, band));
      if (!grads || writesInPlace) return;
      for (let m = 0; m < channels; m++) {
        const from = slot + at.gradients + m * pixels * 4;
        if (isResized) addTo(grads, first + m * plane, arena.f32, from >>> 2, pixels);
        else arena.takeOut(from, grads, first + m * plane, pixels);
      }
    },
  };
}

/** Adds the gradient of a band's prototypes, of which another band may have a row. */
function addTo(
  grads: Float32Array,
  to: number,
  values: Float32Array,
  from: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) grads[to + i] += values[from + i];
}

/**
 * Writes the records of a band's groups.
 *
 * @param firstRow of the band's prototypes
 */
function writeGroups(
  stage: Stage,
  { groups }: MaskBand,
  firstRow: number,
  masks: readonly MaskPlace[],
  to: number,
): void {
  const { arena } = stage.engine;
  const { scale, truth } = stage;
  groups.forEach(({ target, anchors, firstCoefficient, crop, weight }, g) => {
    const own = prototypesOf(stage, crop);
    MASK_GROUP.write(arena, to + g * MASK_GROUP.bytes, {
      left: own.left,
      right: own.right,
      top: own.top - firstRow,
      bottom: own.bottom - firstRow,
      count: anchors.length,
      firstCoefficient,
      firstPixel: masks[g].firstPixel,
      maskPitch: masks[g].maskPitch,
      label: truth.overlap ? target + 1 : 1,
      weight: scale * weight,
      maskLeft: crop.left,
      maskTop: crop.top,
      maskRight: crop.right,
      maskBottom: crop.bottom,
    });
  });
}

/** Clears the gradients of coefficients, and those of prototypes that no band writes, or to which bands add. */
function zeroGradients(
  { predictions, channels, full: { height, width }, isResized }: Stage,
  grads: MaskGrads,
  image: number,
  bands: readonly MaskBand[],
): void {
  const coefficients = channels * predictions.anchors;
  grads.coefficients.fill(0, image * coefficients, (image + 1) * coefficients);
  if (!grads.prototypes) return;
  if (isResized) {
    const size = channels * height * width;
    grads.prototypes.fill(0, image * size, (image + 1) * size);
    return;
  }
  for (const { from, to } of bands.filter(({ groups }) => groups.length === 0)) {
    for (let m = 0; m < channels; m++) {
      const plane = (image * channels + m) * height;
      grads.prototypes.fill(0, (plane + from) * width, (plane + to) * width);
    }
  }
}
