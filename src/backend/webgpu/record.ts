import { type BoxIouKind, IOU_KINDS } from '../../kinds.ts';
import type { BoxSums } from '../backend.ts';
import type { BoxLoss, ClassLoss, Dense, Level, Predictions } from '../inputs.ts';
import type { KeypointInputs, KeypointSums } from '../task-inputs.ts';
import type { Chunk } from './chunks.ts';
import type { Lanes } from './compile.ts';
import { passes, THREADS_A_POSITIVE } from './generated/criteria.ts';
import { NAN_BITS } from './generated/shared.ts';
import { DEVICE_GEOMETRIES } from './geometry.ts';
import type { Binding } from './pass.ts';
import type { Recorder } from './recorder.ts';
import type { Window } from './tensors.ts';
import { lanesOf, walkOf } from './walk.ts';
import type { WalkShape } from './walk-runs.ts';

// Each function says what its pass is handed.

/** One level of one group of images, which a pass works on. */
export interface Place {
  predictions: Predictions<Dense>;
  level: Level<Dense>;
  /** Index of the level, for labels. */
  index: number;
  images: number;
  logits: Window;
  /** [images, A] each, see `Predictions.boxTensors`. */
  boxTensors: readonly Window[];
}

export function recordDfl(
  recorder: Recorder,
  { predictions, level, index, images, logits }: Place,
  bindings: Record<'cover' | 'distances', Binding>,
): void {
  const { cells, firstAnchor } = level;
  const uniforms = {
    base: logits.base,
    ...stridesOf(level),
    images,
    cells,
    firstAnchor,
    anchors: predictions.anchors,
  };
  recorder.dispatch('dfl', `${index}`, images * cells * 4, uniforms, { logits, ...bindings });
}

/** @param kind similarity of the overlaps */
export function recordOverlap(
  recorder: Recorder,
  { predictions, level, index, logits, boxTensors }: Place,
  kind: BoxIouKind,
  chunk: Chunk,
  bindings: Record<'rows' | 'distances' | 'metrics', Binding>,
): void {
  const { geometry, anchors } = predictions;
  const { width, stride, firstAnchor } = level;
  const uniforms = {
    base: logits.base,
    ...stridesOf(level),
    width,
    stride,
    firstAnchor,
    anchors,
    ...chunk.levels[index],
    allPairs: chunk.pairs,
    kind: IOU_KINDS.indexOf(kind),
  };
  const dispatch = { label: `${index}`, threads: chunk.levels[index].pairs, uniforms };
  const own = { logits, ...bindings };
  DEVICE_GEOMETRIES[geometry.name].overlap(recorder, dispatch, own, boxTensors);
}

function stridesOf({ imageStride, channelStride, cellStride }: Level<Dense>) {
  return { imageStride, channelStride, cellStride };
}

/** Number of elements that the sum of a level's background takes at a time. */
function summedLanes({ predictions, level, logits }: Place): Lanes {
  return lanesOf(predictions, level, logits.base);
}

/** Number of partial sums of the background of one level. @param sharers threads that share one */
export function backgroundSlots(place: Place, sharers: number, isWeighted = false): number {
  const { threads } = classWalk(place, isWeighted ? 1 : summedLanes(place));
  const { workgroup } = passes.background;
  return Math.ceil(threads / workgroup) * (workgroup / sharers);
}

/** Walk over the class logits of one level. */
function classWalk({ predictions, level, images }: Place, lanes: Lanes): WalkShape {
  const { channels, regMax } = predictions;
  return walkOf('background', predictions, level, images, channels - 4 * regMax, lanes);
}

/** Destination of the background's gradient, and its factor. */
export interface SlopesOut {
  grads: Window;
  scale: number;
}

/** Destinations of the background. */
export interface BackgroundOutputs {
  partials: Binding;
  /** Index of the level's first partial sum; null: no sum, and `partials` stays as it is. */
  slot: number | null;
  /** null: no gradient. */
  slopes: SlopesOut | null;
  /** A buffer to bind where there is no gradient. */
  nowhere: Binding;
  /** f32 [C] and [images, A], factors of the loss by class and by anchor; null: all are 1. */
  weights: Binding | null;
}

/**
 * Class loss as if no anchor had a target: its sum, its gradient, or both. A sum has the same bits alone and beside the
 * gradient.
 */
export function recordBackground(
  recorder: Recorder,
  place: Place,
  loss: ClassLoss,
  to: BackgroundOutputs,
): void {
  const { predictions, level, index, images, logits } = place;
  const { partials, slot, slopes, nowhere, weights } = to;
  const own = weights ? 1 : summedLanes(place);
  const lanes =
    slopes && !weights ? lanesOf(predictions, level, logits.base, slopes.grads.base) : own;
  if (slot !== null && slopes && lanes !== own) {
    recordBackground(recorder, place, loss, { ...to, slopes: null });
    recordBackground(recorder, place, loss, { ...to, slot: null });
    return;
  }
  const boxes = 4 * predictions.regMax;
  const first = boxes * level.channelStride;
  const grads = slopes?.grads ?? { ...nowhere, base: 0 };
  const scale = slopes?.scale ?? 0;
  const walk = classWalk(place, lanes);
  const zeros = walkOf('background', predictions, level, images, boxes, lanes);
  const uniforms = {
    walk: { ...walk, base: (logits.base + first) / lanes },
    zeros: { ...zeros, base: grads.base / lanes },
    outBase: (grads.base + first) / lanes,
    slot: slot ?? 0,
    gamma: loss.gamma,
    scale: Number.isNaN(scale) ? 0 : scale,
    poison: Number.isNaN(scale) ? NAN_BITS : 0,
    ...stridesOf(level),
    classes: predictions.numClasses,
    firstAnchor: level.firstAnchor,
    anchors: predictions.anchors,
  };
  const bindings = { logits, partials, grads };
  const threads = slopes ? Math.max(walk.threads, zeros.threads) : walk.threads;
  const label = `${index}`;
  if (weights) {
    const all = { ...bindings, weights };
    const pass = slopes
      ? slot === null
        ? 'weightedSlopes'
        : 'weightedClassify'
      : 'weightedBackground';
    recorder.dispatch(pass, label, threads, uniforms, all);
    return;
  }
  const pass = slopes ? (slot === null ? 'slopes' : 'classify') : 'background';
  recorder.dispatch(pass, label, threads, uniforms, bindings, lanes);
}

/** Number of workgroups, and so of partial sums, of `count` positives of one level. */
export function regressSlots(count: number): number {
  return Math.ceil((count * THREADS_A_POSITIVE) / passes.regress.workgroup);
}

/** Kinds of the losses of boxes, and factors of the gradients. */
export interface RegressLoss {
  boxLoss: BoxLoss;
  scale: BoxSums;
}

/** Destinations of the box losses. */
export interface RegressOutputs {
  partials: Binding;
  /** Index of the first partial sum. */
  slot: number;
  /** Gradients; null: there are none. */
  level: Window | null;
  /** f32 [P] each, gradients by the values of all of the batch's positives in the box tensors. */
  boxGrads: readonly Binding[];
  /** A buffer to bind where there are no gradients. */
  nowhere: Binding;
}

/** @param positives list of the group's positives, and which of them are on the level */
export function recordRegress(
  recorder: Recorder,
  { predictions, level, index, logits, boxTensors }: Place,
  { boxLoss, scale }: RegressLoss,
  { list, first, count }: { list: Binding; first: number; count: number },
  { partials, slot, level: out, boxGrads, nowhere }: RegressOutputs,
): void {
  const { geometry, anchors, regMax, imageWidth, imageHeight } = predictions;
  const unit = regMax === 1 && boxLoss.distance === 'l1' ? level.stride : 0;
  const isLost = Number.isNaN(scale.box + scale.dfl + scale.angle);
  const uniforms = {
    base: logits.base,
    outBase: out?.base ?? 0,
    ...stridesOf(level),
    first,
    count,
    slot,
    kind: IOU_KINDS.indexOf(boxLoss.iou),
    backward: out ? 1 : 0,
    poison: isLost ? NAN_BITS : 0,
    boxScale: isLost ? 0 : scale.box,
    dflScale: isLost ? 0 : scale.dfl,
    angleScale: isLost ? 0 : scale.angle,
    unitX: unit / imageWidth,
    unitY: unit / imageHeight,
    floor: boxLoss.covarianceFloor,
    anchors,
  };
  const { firstAnchor } = level;
  const dispatch = {
    label: `${index}`,
    threads: count * THREADS_A_POSITIVE,
    uniforms,
    firstAnchor,
  };
  const bindings = { logits, positives: list, partials, grads: out ?? nowhere };
  DEVICE_GEOMETRIES[geometry.name].regress(recorder, dispatch, bindings, boxTensors, boxGrads);
}

/** @param slots number of partial sums */
export function recordFold(
  recorder: Recorder,
  slots: number,
  partials: Binding,
  sums: Binding,
): void {
  recorder.dispatch('fold', 'all', 1, { count: slots, zero: 0 }, { partials, sums });
}

/** @param found words of zeros, one per slot */
export function recordFinite(
  recorder: Recorder,
  { predictions, level, index, images, logits }: Place,
  found: Binding,
  slot: number,
): void {
  const walk = walkOf('finite', predictions, level, images, predictions.channels, 1);
  const uniforms = { walk: { ...walk, base: logits.base }, slot };
  recorder.dispatch('finite', `${index}`, walk.threads, uniforms, { logits, found });
}

/** Number of workgroups, and so of partial sums, of the keypoints of `positives`. */
export function keypointSlots({ count }: Pick<KeypointInputs, 'count'>, positives: number): number {
  return Math.ceil((count * positives) / passes.keypoints.workgroup);
}

/**
 * @param scale factors of the gradients; null: there are none
 * @param adds whether gradients are added to what `grads` holds
 */
export function recordKeypoints(
  recorder: Recorder,
  { count, numbers, decode }: Pick<KeypointInputs, 'count' | 'numbers' | 'decode'>,
  positives: number,
  scale: KeypointSums | null,
  adds: boolean,
  bindings: Record<'predicted' | 'targets' | 'partials' | 'grads', Binding>,
): void {
  const { pose, kobj } = scale ?? { pose: 0, kobj: 0 };
  const isLost = Number.isNaN(pose) || Number.isNaN(kobj);
  const uniforms = {
    keypoints: count,
    numbers,
    pitch: positives,
    backward: scale ? 1 : 0,
    poison: isLost ? NAN_BITS : 0,
    poseScale: isLost ? 0 : pose,
    kobjScale: isLost ? 0 : kobj,
    factor: decode.factor,
    adds: adds ? 1 : 0,
  };
  recorder.dispatch('keypoints', 'all', count * positives, uniforms, bindings);
}
