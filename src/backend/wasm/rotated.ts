import type { GroupedTargets, Predictions } from '../backend.ts';
import type { Engine } from '../runtime/engine.ts';
import { evenCount, type ImageTargets, type Positives, runsByLevel } from './positives.ts';
import { isInside } from './rotated-targets.ts';

/** Angles of predictions and targets, radians. */
export interface Rotation {
  /** [B, 1, A] */
  predicted: Float32Array;
  /** [N] */
  truth: Float64Array;
}

/** Null: boxes are upright. */
export function rotationOf({ angles }: Predictions, targets: GroupedTargets): Rotation | null {
  return angles && targets.angles && { predicted: angles, truth: targets.angles };
}

/**
 * Angles of some positives and of their targets, padded with zeros.
 *
 * @param to address of f64 [2, even P]
 */
export function gatherAngles(
  { arena: { f64 } }: Engine,
  { anchors: perImage }: Predictions,
  { offsets }: GroupedTargets,
  { image, anchors, owners }: Positives,
  { predicted, truth }: Rotation,
  to: number,
): void {
  const columns = evenCount(anchors.length);
  const first = to >>> 3;
  f64[first + columns - 1] = 0;
  f64[first + 2 * columns - 1] = 0;
  for (let i = 0; i < anchors.length; i++) {
    f64[first + i] = predicted[image * perImage + anchors[i]];
    f64[first + columns + i] = truth[offsets[image] + owners[i]];
  }
}

/**
 * Whether the positives are candidates of their targets, in the row behind their angles: 1 or 0. By the very
 * arithmetic that found candidates, as an anchor on a border counts.
 */
export function gatherInside(
  { arena }: Engine,
  { levels }: Predictions,
  { rotated }: ImageTargets,
  { anchors, owners }: Positives,
  to: number,
): void {
  const columns = evenCount(anchors.length);
  const first = (to >>> 3) + 2 * columns;
  arena.f64[first + columns - 1] = 0;
  for (const { level, start, end } of runsByLevel(levels, anchors)) {
    const { firstAnchor, width, stride } = level;
    for (let i = start; i < end; i++) {
      const cell = anchors[i] - firstAnchor;
      const x = ((cell % width) + 0.5) * stride;
      const y = (Math.floor(cell / width) + 0.5) * stride;
      arena.f64[first + i] = isInside(arena, rotated, owners[i], x, y) ? 1 : 0;
    }
  }
}

/** The gradients that took the place of the predicted angles, to where these are. */
export function scatterAngles(
  { arena: { f64 } }: Engine,
  { anchors: perImage }: Predictions,
  { image, anchors }: Positives,
  angles: number,
  grads: Float32Array,
): void {
  for (let i = 0; i < anchors.length; i++) {
    grads[image * perImage + anchors[i]] = f64[(angles >>> 3) + i];
  }
}
