import { computed } from '@preact/signals';
import { anchorAt, type Head, readHead } from '../../src/reference/levels.ts';
import { resolveOptions } from '../../src/reference/options.ts';
import { configOf } from './settings.ts';
import { boxesHere, evaluation, feats, image, scene, settings } from './state.ts';

/** Options of the criterion with every default filled in, as the reference takes them. */
export const options = computed(() => {
  const opened = scene.value;
  return opened && resolveOptions(configOf(opened.head, settings.value));
});

/** Current predictions, by level. */
export const head = computed(() => options.value && readHead(feats.value, options.value));

/** Anchor that is assigned to a box of the image in view. */
export interface Positive {
  anchor: number;
  /** Index among the image's boxes. */
  target: number;
  score: number;
}

/** All positives of the image in view, keyed by anchor. */
export const positives = computed((): ReadonlyMap<number, Positive> => {
  const found = new Map<number, Positive>();
  const assigned = evaluation.value?.assignment;
  assigned?.anchor.forEach((anchor, p) => {
    const target = assigned.target[p];
    // The assignment may be older than the last drag of a box
    if (assigned.image[p] !== image.value || target >= boxesHere.value.length) return;
    found.set(anchor, { anchor, target, score: assigned.score[p] });
  });
  return found;
});

/** Position of a cell, normalised to the image. */
export interface CellPlace {
  levelIndex: number;
  stride: number;
  row: number;
  column: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

export function placeOf(head: Head, anchor: number): CellPlace {
  const { level, levelIndex, cell } = anchorAt(head, anchor);
  const [row, column] = [Math.floor(cell / level.width), cell % level.width];
  const [width, height] = [level.stride / head.imageWidth, level.stride / head.imageHeight];
  const { stride } = level;
  return {
    levelIndex,
    stride,
    row,
    column,
    left: column * width,
    top: row * height,
    width,
    height,
  };
}

/** Finds the anchor of a level at a point of the image; x and y are normalised. */
export function anchorUnder(head: Head, levelIndex: number, x: number, y: number): number {
  const { width, height, stride, firstAnchor } = head.levels[levelIndex];
  const column = clamp(Math.floor((x * head.imageWidth) / stride), width - 1);
  const row = clamp(Math.floor((y * head.imageHeight) / stride), height - 1);
  return firstAnchor + row * width + column;
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}
