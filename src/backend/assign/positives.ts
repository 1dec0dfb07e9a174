import type { Assignment } from '../../types.ts';
import type { GroupedTargets, Level } from '../inputs.ts';

/**
 * Positives of one image, ordered by anchor. Class target, weight of the box losses and weight of the class loss are kept
 * apart: assigners differ in them.
 */
export interface ImagePositives {
  image: number;
  /** [P] anchor of each. */
  anchors: Int32Array;
  /** [P] target of each, counted in the image. */
  targets: Int32Array;
  /** [P] soft class target of each, for its target's class. */
  classTargets: Float32Array;
  /** [P] weight of each in the box losses. */
  weights: Float32Array;
  /** [P] weight of each anchor in the class loss, all classes; one of weight 0 has none, whatever its logits. */
  anchorWeights: Float32Array;
  /** Ascending anchors in ignore regions that are no positives: they have no class loss. */
  ignored: Int32Array;
}

/** Anchors of one image, ascending, each with a target. */
export type AnchorTargets = Pick<ImagePositives, 'image' | 'anchors' | 'targets'>;

/** Positives of a batch, ordered by image, then anchor. */
export interface Positives extends Omit<ImagePositives, 'image' | 'ignored'> {
  /** [P] image of each. */
  images: Int32Array;
  /** Normalizer of the losses, before it is reduced over shards and held to at least 1. */
  normalizer: number;
  /** Flat indices of targets without a positive, ascending. */
  unassigned: Int32Array;
  /** [B] see `ImagePositives`. */
  ignored: Int32Array[];
}

const NONE = new Int32Array(0);

/** Joins the positives of images that come in order. Their weights add up to the normalizer. */
export function joinPositives(
  { offsets, source, given }: GroupedTargets,
  images: readonly ImagePositives[],
): Positives {
  const count = images.reduce((sum, { anchors }) => sum + anchors.length, 0);
  const joined: Positives = {
    images: new Int32Array(count),
    anchors: new Int32Array(count),
    targets: new Int32Array(count),
    classTargets: new Float32Array(count),
    weights: new Float32Array(count),
    anchorWeights: new Float32Array(count),
    normalizer: 0,
    unassigned: NONE,
    ignored: new Array(offsets.length - 1).fill(NONE),
  };
  const isAssigned = new Uint8Array(given);
  let end = 0;
  let normalizer = 0;
  for (const own of images) {
    const first = offsets[own.image];
    joined.ignored[own.image] = own.ignored;
    for (let i = 0; i < own.anchors.length; i++, end++) {
      joined.images[end] = own.image;
      joined.anchors[end] = own.anchors[i];
      joined.targets[end] = own.targets[i];
      joined.classTargets[end] = own.classTargets[i];
      joined.weights[end] = own.weights[i];
      joined.anchorWeights[end] = own.anchorWeights[i];
      normalizer += own.weights[i];
      isAssigned[source[first + own.targets[i]]] = 1;
    }
  }
  joined.normalizer = normalizer;
  joined.unassigned = zerosOf(isAssigned);
  return joined;
}

/** Indices of the flags that are 0, ascending. */
function zerosOf(flags: Uint8Array): Int32Array {
  const zeros: number[] = [];
  for (let i = 0; i < flags.length; i++) if (flags[i] === 0) zeros.push(i);
  return new Int32Array(zeros);
}

/** Positives as a caller sees them. */
export function assignmentOf(positives: Positives): Assignment {
  const { images, anchors, targets, classTargets, normalizer, unassigned, ignored } = positives;
  return {
    image: images,
    anchor: anchors,
    target: targets,
    score: classTargets,
    scoresSum: normalizer,
    unassigned,
    ignored: lengthsOf(ignored),
  };
}

function lengthsOf(lists: readonly Int32Array[]): Int32Array {
  const lengths = new Int32Array(lists.length);
  for (let i = 0; i < lists.length; i++) lengths[i] = lists[i].length;
  return lengths;
}

/** [B] positives of a batch by image, as views. */
export function positivesByImage(positives: Positives, batch: number): ImagePositives[] {
  const { images, anchors, targets, classTargets, weights, anchorWeights } = positives;
  let end = 0;
  return Array.from({ length: batch }, (_, image) => {
    const start = end;
    while (end < images.length && images[end] === image) end++;
    const ignored = positives.ignored[image];
    const all = { image, anchors, targets, classTargets, weights, anchorWeights, ignored };
    return slicePositives(all, start, end);
  });
}

/** Some of an image's positives, as views; all of them as they are. */
export function slicePositives(all: ImagePositives, start: number, end: number): ImagePositives {
  const { image, anchors, targets, classTargets, weights, anchorWeights, ignored } = all;
  if (start === 0 && end === anchors.length) return all;
  return {
    image,
    anchors: anchors.subarray(start, end),
    targets: targets.subarray(start, end),
    classTargets: classTargets.subarray(start, end),
    weights: weights.subarray(start, end),
    anchorWeights: anchorWeights.subarray(start, end),
    ignored,
  };
}

/** Kernels of positives work on pairs of them: their arrays are padded to an even number. */
export function evenCount(count: number): number {
  return count + (count & 1);
}

/** Positives [start, end) of one image that are on the same level. */
export interface LevelRun<Data> {
  level: Level<Data>;
  /** Index of the level. */
  index: number;
  start: number;
  end: number;
}

/** Splits one image's ascending anchors by level. */
export function runsByLevel<Data>(
  levels: readonly Level<Data>[],
  anchors: Int32Array,
): LevelRun<Data>[] {
  const runs: LevelRun<Data>[] = [];
  let start = 0;
  for (let index = 0; index < levels.length; index++) {
    const level = levels[index];
    let end = start;
    while (end < anchors.length && anchors[end] < level.firstAnchor + level.cells) end++;
    if (end > start) runs.push({ level, index, start, end });
    start = end;
  }
  return runs;
}
