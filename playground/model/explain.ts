import { computed } from '@preact/signals';
import { alignment, type FitOf, uprightGeometry } from '../../src/reference/align.ts';
import { pixelBoxes } from '../../src/reference/boxes.ts';
import { anchorAt, type Head, indexOf } from '../../src/reference/levels.ts';
import { sigmoid } from '../../src/reference/sigmoid.ts';
import { type ImageTarget, prepareTargets } from '../../src/reference/targets.ts';
import { chooseAnchors } from '../../src/reference/topk.ts';
import { grownEdges } from './grown-box.ts';
import { head, options, placeOf, positives } from './head.ts';
import { classNameOf } from './scene.ts';
import { boxes, boxesHere, evaluation, image, scene, selectedBox } from './state.ts';
import { targetsOf } from './targets.ts';

/** Numbers of a cell with respect to the chosen box, and the reason why it is assigned to the box or not. */
export interface Explanation {
  stride: number;
  row: number;
  column: number;
  /** Logit of the box's class. */
  logit: number;
  probability: number;
  /** Similarity of the predicted box and the target, 0 where negative; undefined if the cell is no candidate. */
  overlap: number | undefined;
  alignment: number | undefined;
  /** 1 for the best aligned cell; undefined if the cell is no candidate or its alignment is 0. */
  rank: number | undefined;
  /** Number of cells that have a rank. */
  ranked: number;
  /** Soft class target, if the cell is a positive of this box. */
  score: number | undefined;
  verdict: string;
}

/** Inputs of the reference for the cells of the image in view; made when a cell is first inspected. */
const judge = computed(() => {
  // Predictions change in place, so the evaluation tells when they did
  void evaluation.value;
  const [current, resolved] = [head.value, options.value];
  if (!current || !resolved) return undefined;
  const { overlap, smallTargets } = resolved.assigner;
  const geometry = uprightGeometry(pixelBoxes(current, image.value), overlap, smallTargets);
  const grouped = prepareTargets(
    targetsOf(boxes.value),
    current.batch,
    current.imageWidth,
    current.imageHeight,
  );
  const fitOf = alignment(current, image.value, geometry, resolved.assigner);
  return { head: current, geometry, fitOf, targets: grouped[image.value] };
});

/** Rank of every cell among the candidates of the chosen box, best aligned first. */
const ranks = computed((): ReadonlyMap<number, number> => {
  const [judging, target] = [judge.value, selectedIndex()];
  if (!judging || target < 0) return new Map();
  const { fitOf, targets, head } = judging;
  const best = chooseAnchors(fitOf, targets[target], head.anchors, head.anchors);
  return new Map(best.map((anchor, place) => [anchor, place + 1]));
});

/** @returns undefined where no box is chosen */
export function explain(anchor: number): Explanation | undefined {
  const [judging, index] = [judge.value, selectedIndex()];
  if (!judging || index < 0) return undefined;
  const { head, geometry, fitOf, targets } = judging;
  const target = targets[index];
  const { level, x, y } = anchorAt(head, anchor);
  const isInside =
    !target.ignored && geometry.isCandidate(target, x * level.stride, y * level.stride);
  const { stride, row, column } = placeOf(head, anchor);
  const logit = logitOf(head, anchor, target.cls);
  const fit = fitOf(anchor, target);
  const positive = positives.value.get(anchor);
  const rank = ranks.value.get(anchor);
  return {
    stride,
    row,
    column,
    logit,
    probability: sigmoid(logit),
    overlap: isInside ? fit.overlap : undefined,
    alignment: isInside ? fit.alignment : undefined,
    rank,
    ranked: ranks.value.size,
    score: positive?.target === index ? positive.score : undefined,
    verdict: verdictOf({ anchor, isInside, rank, fitOf, targets }),
  };
}

interface Case {
  anchor: number;
  isInside: boolean;
  rank: number | undefined;
  fitOf: FitOf;
  targets: readonly ImageTarget[];
}

function verdictOf({ anchor, isInside, rank, fitOf, targets }: Case): string {
  const owner = positives.value.get(anchor)?.target;
  const topk = options.value?.assigner.topk ?? 0;
  const isAmongBest = rank !== undefined && rank <= topk;
  if (owner === selectedIndex()) {
    return isAmongBest
      ? `Chosen: it is among the box's ${topk} best aligned cells.`
      : 'Chosen though not among the best: it was chosen for other boxes, but its prediction overlaps this one most.';
  }
  if (!isInside) return `No candidate: its centre is not inside the ${candidatesOf()}.`;
  if (rank === undefined)
    return 'Not chosen: its alignment is 0, because its prediction misses the box.';
  if (!isAmongBest) return `Not chosen: its rank is ${rank}; only the best ${topk} are chosen.`;
  if (owner === undefined)
    return 'Not chosen: its prediction overlaps another box more, but its alignment with that one is 0.';
  const overlap = fitOf(anchor, targets[owner]).overlap.toFixed(2);
  return `Assigned to ${nameOfBox(owner)}, which its prediction overlaps more: ${overlap}.`;
}

/** Name of the area in which the candidates of the chosen box lie. */
function candidatesOf(): string {
  const box = selectedBox.value;
  return box && grownEdges(box) ? 'dashed box, to which this small one grows' : 'box';
}

/** Label of a box of the image in view, as in the picture. */
export function nameOfBox(index: number): string {
  const [opened, box] = [scene.value, boxesHere.value[index]];
  return opened && box ? `${index + 1} ${classNameOf(opened, box.cls)}` : `${index + 1}`;
}

function selectedIndex(): number {
  const box = selectedBox.value;
  return box ? boxesHere.value.indexOf(box) : -1;
}

function logitOf(head: Head, anchor: number, cls: number): number {
  const { level, cell } = anchorAt(head, anchor);
  return level.data[indexOf(level, image.value, 4 * head.regMax + cls, cell)];
}
