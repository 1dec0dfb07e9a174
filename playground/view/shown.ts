import { computed, signal } from '@preact/signals';
import { pixelBoxes } from '../../src/reference/boxes.ts';
import type { Cells } from '../draw/cells.ts';
import type { Prediction } from '../draw/predictions.ts';
import type { StagePicture } from '../draw/stage.ts';
import { type CellNorms, cellNorms, combine } from '../model/gradient.ts';
import { head, type Positive, placeOf, positives } from '../model/head.ts';
import {
  boxesHere,
  evaluation,
  image,
  inspected,
  layer,
  scene,
  selectedBox,
  shownLevel,
} from '../model/state.ts';

export const showPredictions = signal(true);

/** Level whose cells are inspected: the one in view, or that with most positives of the chosen box. */
export const inspectedLevel = computed(() => {
  if (shownLevel.value !== 'all') return shownLevel.value;
  const current = head.value;
  if (!current) return 0;
  const counts = current.levels.map(() => 0);
  for (const { anchor } of chosenPositives.value) counts[placeOf(current, anchor).levelIndex]++;
  return counts.indexOf(Math.max(...counts));
});

/** Everything that the canvas shows. */
export const stagePicture = computed((): StagePicture => {
  const isHeat = layer.value === 'gradient';
  return {
    picture: scene.value?.pictures[image.value],
    cells: isHeat ? inspectedOnly.value : cells.value,
    heat: heat.value,
    predictions: showPredictions.value && !isHeat ? predictions.value : [],
  };
});

/** Gradient norms of the levels in view, if the page shows gradients. */
export const heat = computed((): CellNorms | undefined => {
  const level = shownLevel.value;
  const norms = cellNorms.value;
  if (layer.value !== 'gradient' || norms.length === 0) return undefined;
  return combine(level === 'all' ? norms : [norms[level]]);
});

const chosenPositives = computed(() => {
  const index = selectedIndex();
  return [...positives.value.values()].filter(({ target }) => target === index);
});

const inspectedOnly = computed((): Cells => {
  const current = head.value;
  const anchor = inspected.value;
  const cell = current && anchor !== undefined ? placeOf(current, anchor) : undefined;
  return { positives: [], grid: undefined, inspected: cell };
});

const cells = computed((): Cells => {
  const current = head.value;
  if (!current) return inspectedOnly.value;
  const level = shownLevel.value;
  const shown = [...positives.value.values()]
    .map(({ anchor, target, score }) => ({
      ...placeOf(current, anchor),
      score,
      isChosen: target === selectedIndex(),
    }))
    .filter(({ levelIndex }) => level === 'all' || levelIndex === level);
  const shape = level === 'all' ? undefined : current.levels[level];
  const grid = shape && { columns: shape.width, rows: shape.height };
  return { positives: shown, grid, inspected: inspectedOnly.value.inspected };
});

/** Predictions of the chosen box's positives, and of the best positive of every other box. */
const predictions = computed((): Prediction[] => {
  const current = head.value;
  // Predictions change in place, so the evaluation tells when they did
  if (!current || !evaluation.value) return [];
  const boxOf = pixelBoxes(current, image.value);
  const { imageWidth, imageHeight } = current;
  const others = boxesHere.value.map((_, target) => bestOf(target));
  const seen = [...chosenPositives.value, ...others.filter((positive) => positive !== undefined)];
  return [...new Set(seen)].map(({ anchor, score }) => {
    const [x1, y1, x2, y2] = boxOf(anchor);
    return {
      left: x1 / imageWidth,
      top: y1 / imageHeight,
      right: x2 / imageWidth,
      bottom: y2 / imageHeight,
      score,
    };
  });
});

function bestOf(target: number): Positive | undefined {
  let best: Positive | undefined;
  for (const positive of positives.value.values()) {
    if (positive.target === target && !(best && best.score >= positive.score)) best = positive;
  }
  return best;
}

function selectedIndex(): number {
  const box = selectedBox.value;
  return box ? boxesHere.value.indexOf(box) : -1;
}
