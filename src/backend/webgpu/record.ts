import type { IouKind } from '../../types.ts';
import type { ClassLoss, Dense, Level, LossSums, Predictions } from '../backend.ts';
import type { KeypointPredictions, KeypointSums } from '../task-inputs.ts';
import type { Chunk } from './chunks.ts';
import type { Lanes } from './compile.ts';
import { MASK_BLOCK, WORKGROUP } from './pipelines.ts';
import { type Binding, bitsOf, type Recorder } from './recorder.ts';
import type { Window } from './tensors.ts';
import { lanesOf, walkOf } from './walk.ts';
import type { Walk } from './walk-runs.ts';

// One function a pass: its uniforms in the order of the shader's struct, its bindings in that of the
// shader's.

const IOU_KINDS: readonly IouKind[] = ['iou', 'giou', 'diou', 'ciou'];
const THREADS_A_POSITIVE = 4;
const NAN_BITS = 0x7fc00000;

/** What a pass over one level of one group is about. */
export interface Place {
  predictions: Predictions<Dense>;
  level: Level<Dense>;
  /** Of the level, for labels. */
  index: number;
  images: number;
  logits: Window;
  /** [images, A] of the group, radians; null: boxes are upright. */
  angles: Window | null;
}

export function recordDfl(
  recorder: Recorder,
  place: Place,
  cover: Binding,
  distances: Binding,
): void {
  const { predictions, level, index, images, logits } = place;
  const { imageStride, channelStride, cellStride, cells, firstAnchor } = level;
  recorder.dispatch(
    'dfl',
    `${index}`,
    images * cells * 4,
    [
      logits.base,
      imageStride,
      channelStride,
      cellStride,
      images,
      cells,
      firstAnchor,
      predictions.anchors,
    ],
    [logits, cover, distances],
  );
}

export function recordOverlap(
  recorder: Recorder,
  { predictions, level, index, logits, angles }: Place,
  chunk: Chunk,
  rows: Binding,
  distances: Binding,
  metrics: Binding,
): void {
  const { imageStride, channelStride, cellStride, width, stride, firstAnchor } = level;
  const { firstRow, rows: count, pairs } = chunk.levels[index];
  recorder.dispatch(
    angles ? 'rotatedOverlap' : 'overlap',
    `${index}`,
    pairs,
    [
      logits.base,
      imageStride,
      channelStride,
      cellStride,
      width,
      bitsOf(stride),
      firstAnchor,
      predictions.anchors,
      firstRow,
      count,
      pairs,
      chunk.pairs,
      angles?.base ?? 0,
    ],
    [logits, rows, distances, metrics, ...(angles ? [angles] : [])],
  );
}

/** How many elements the sum of a level's background takes at a time. */
function summedLanes({ predictions, level, logits }: Place): Lanes {
  return lanesOf(predictions, level, logits.base);
}

/** Partial sums of the background of one level, a workgroup's together. @param sharers threads that share one */
export function backgroundSlots(place: Place, sharers: number): number {
  const { threads } = classWalk(place, summedLanes(place));
  return Math.ceil(threads / WORKGROUP.background) * (WORKGROUP.background / sharers);
}

/** Over the class logits of one level. */
function classWalk({ predictions, level, images }: Place, lanes: Lanes): Walk {
  const { channels, regMax } = predictions;
  return walkOf('background', predictions, level, images, channels - 4 * regMax, lanes);
}

/** Where the gradient of the background goes, and what it is multiplied by. */
export interface SlopesOut {
  grads: Window;
  scale: number;
}

/**
 * Class loss as if no anchor had a target: its sum, its gradient, or both. A sum has the same bits alone and beside the
 * gradient.
 *
 * @param partials where sums go; without a sum untouched
 * @param slot of the level's first partial sum; null: no sum
 * @param slopes null: no gradient
 * @param nowhere a buffer to bind where there is no gradient
 */
export function recordBackground(
  recorder: Recorder,
  place: Place,
  loss: ClassLoss,
  partials: Binding,
  slot: number | null,
  slopes: SlopesOut | null,
  nowhere: Binding,
): void {
  const { predictions, level, index, images, logits } = place;
  const own = summedLanes(place);
  const lanes = slopes ? lanesOf(predictions, level, logits.base, slopes.grads.base) : own;
  if (slot !== null && slopes && lanes !== own) {
    recordBackground(recorder, place, loss, partials, slot, null, nowhere);
    recordBackground(recorder, place, loss, partials, null, slopes, nowhere);
    return;
  }
  const boxes = 4 * predictions.regMax;
  const first = boxes * level.channelStride;
  const grads = slopes?.grads ?? { ...nowhere, base: 0 };
  const scale = slopes?.scale ?? 0;
  const walk = classWalk(place, lanes);
  const zeros = walkOf('background', predictions, level, images, boxes, lanes);
  const uniforms = [
    ...walk.words,
    (logits.base + first) / lanes,
    ...zeros.words,
    grads.base / lanes,
    (grads.base + first) / lanes,
    slot ?? 0,
    bitsOf(loss.gamma),
    bitsOf(Number.isNaN(scale) ? 0 : scale),
    Number.isNaN(scale) ? NAN_BITS : 0,
  ];
  const pass = slopes ? (slot === null ? 'slopes' : 'classify') : 'background';
  const threads = slopes ? Math.max(walk.threads, zeros.threads) : walk.threads;
  recorder.dispatch(pass, `${index}`, threads, uniforms, [logits, partials, grads], lanes);
}

/** Workgroups, and so partial sums, of `count` positives of one level. */
export function regressSlots(count: number): number {
  return Math.ceil((count * THREADS_A_POSITIVE) / WORKGROUP.regress);
}

/** What `regress` writes. */
export interface RegressOutputs {
  partials: Binding;
  /** First of its partial sums. */
  slot: number;
  /** Gradients; null: there are none. */
  level: Window | null;
  /** f32 [P], gradients by the angles of all of the batch's positives; null: boxes are upright. */
  angles: Binding | null;
  /** What is bound in the place of gradients. */
  nowhere: Binding;
}

/** @param first count of the level's positives in the list */
export function recordRegress(
  recorder: Recorder,
  { predictions, level, index, logits, angles }: Place,
  kind: IouKind,
  scale: LossSums,
  { first, count }: { first: number; count: number },
  positives: Binding,
  to: RegressOutputs,
): void {
  const isLost = Number.isNaN(scale.box) || Number.isNaN(scale.dfl);
  const { partials, level: grads } = to;
  const rotated = angles && to.angles ? [angles, to.angles] : [];
  recorder.dispatch(
    angles ? 'rotatedRegress' : 'regress',
    `${index}`,
    count * THREADS_A_POSITIVE,
    [
      logits.base,
      grads?.base ?? 0,
      level.imageStride,
      level.channelStride,
      level.cellStride,
      first,
      count,
      to.slot,
      IOU_KINDS.indexOf(kind),
      grads ? 1 : 0,
      isLost ? NAN_BITS : 0,
      bitsOf(isLost ? 0 : scale.box),
      bitsOf(isLost ? 0 : scale.dfl),
      (angles?.base ?? 0) + level.firstAnchor,
      predictions.anchors,
    ],
    [logits, positives, partials, grads ?? to.nowhere, ...rotated],
  );
}

/** @param slots how many partial sums there are */
export function recordFold(
  recorder: Recorder,
  slots: number,
  partials: Binding,
  sums: Binding,
): void {
  recorder.dispatch('fold', 'all', 1, [slots, 0], [partials, sums]);
}

/** @param found words of zeros, one a slot */
export function recordFinite(
  recorder: Recorder,
  { predictions, level, index, images, logits }: Place,
  found: Binding,
  slot: number,
): void {
  const walk = walkOf('finite', predictions, level, images, predictions.channels, 1);
  const uniforms = [...walk.words, logits.base, slot];
  recorder.dispatch('finite', `${index}`, walk.threads, uniforms, [logits, found]);
}

/** What the passes of masks read and write; `slopes` are f32 [M, P], by the positives' coefficients. */
export interface MaskTensors {
  prototypes: Window;
  coefficients: Binding;
  positives: Binding;
  bits: Binding;
  partials: Binding;
  slopes: Binding;
  /** Gradients of the prototypes; null: there are no gradients. */
  out: Window | null;
}

/** @param all positives of the whole batch, of which the group has some */
export function recordMasks(
  recorder: Recorder,
  label: string,
  [images, channels, height, width]: readonly [number, number, number, number],
  { first, count }: { first: number; count: number },
  all: number,
  scale: number,
  { prototypes, coefficients, positives, bits, partials, slopes, out }: MaskTensors,
): void {
  const read = [prototypes, coefficients, positives, bits];
  for (let channel = 0; channel < (out ? channels : 1); channel += MASK_BLOCK) {
    const uniforms = [
      prototypes.base,
      out?.base ?? 0,
      images,
      channels,
      height,
      width,
      first,
      count,
      all,
      first,
      channel,
      out ? 1 : 0,
      bitsOf(scale),
    ];
    const threads = count * WORKGROUP.masks;
    recorder.dispatch('masks', label, threads, uniforms, [...read, partials, slopes]);
    if (!out) continue;
    const pixels = images * height * width;
    recorder.dispatch('prototypes', label, pixels, uniforms, [...read, out]);
  }
}

/** Workgroups, and so partial sums, of the keypoints of `positives`. */
export function keypointSlots(
  { count }: Pick<KeypointPredictions, 'count'>,
  positives: number,
): number {
  return Math.ceil((count * positives) / WORKGROUP.keypoints);
}

/** @param scale of the gradients; null: there are none */
export function recordKeypoints(
  recorder: Recorder,
  { count, numbers }: Pick<KeypointPredictions, 'count' | 'numbers'>,
  positives: number,
  scale: KeypointSums | null,
  {
    predicted,
    goals,
    partials,
    slopes,
  }: Record<'predicted' | 'goals' | 'partials' | 'slopes', Binding>,
): void {
  const { pose, kobj } = scale ?? { pose: 0, kobj: 0 };
  const isLost = Number.isNaN(pose) || Number.isNaN(kobj);
  const uniforms = [
    count,
    numbers,
    positives,
    scale ? 1 : 0,
    isLost ? NAN_BITS : 0,
    bitsOf(isLost ? 0 : pose),
    bitsOf(isLost ? 0 : kobj),
  ];
  const bindings = [predicted, goals, partials, slopes];
  recorder.dispatch('keypoints', 'all', count * positives, uniforms, bindings);
}
