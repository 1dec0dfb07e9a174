import type { DetectionTargets } from '../../types.ts';
import { type Box, type BoxTerm, ratio, sum } from '../box-terms.ts';
import { anchorAt, type Head } from '../levels.ts';
import { qualityFocalTerm } from '../losses/quality-focal.ts';
import { areasOf } from './areas.ts';
import {
  channelAt,
  type DenseOptions,
  type DensePositive,
  type DenseTarget,
  type Feats,
  gridOf,
  readDense,
} from './dense.ts';
import { dynamicK } from './dynamic-k.ts';

export interface RtmdetOptions extends DenseOptions {
  gains?: { cls?: number; box?: number };
  /** Power of |y − σ|. Default 2. */
  beta?: number;
  assigner?: { topk?: number; softCenterRadius?: number; iouCost?: number; offset?: number };
}

/** Distances left, top, right and bottom come before the classes. */
const FIRST_CLASS = 4;
/** Least area by which is divided, square pixels. */
const LEAST_AREA = 1e-6;

/**
 * RTMDet's loss with dynamic soft labels, and its exact gradient.
 *
 * @param feats [B, 4 + C, H, W] a level; distances in units of the stride, not negative
 * @returns total: the sum of the items, not multiplied by B
 * Source: Lyu et al., arXiv:2212.07784, section 3.3
 */
export function rtmdetLoss(feats: Feats, targets: DetectionTargets, options: RtmdetOptions) {
  const { head, images } = readDense(feats, targets, options);
  const positives = images.flatMap((list, image) => assignImage(head, image, list, options));
  const gains = { cls: 1, box: 2, ...options.gains };
  const normalizer = Math.max(
    positives.reduce((total, { score }) => total + score, 0),
    1,
  );
  const items = { cls: 0, box: 0 };
  const grads = feats.map(({ data }) => new Float64Array(data.length));

  const positiveAt = new Map(positives.map((p) => [p.image * head.anchors + p.anchor, p]));
  for (let i = 0; i < head.batch * head.anchors; i++) {
    const [image, anchor] = [Math.floor(i / head.anchors), i % head.anchors];
    const { level, levelIndex } = anchorAt(head, anchor);
    const index = channelAt(head, image, anchor);
    const positive = positiveAt.get(i);
    const target = positive && images[image][positive.target];
    for (let c = 0; c < head.numClasses; c++) {
      const soft = positive && c === target?.cls ? positive.score : 0;
      const channel = index(FIRST_CLASS + c);
      const { value, grad } = qualityFocalTerm(level.data[channel], soft, options.beta ?? 2);
      items.cls += (gains.cls / normalizer) * value;
      grads[levelIndex][channel] = (gains.cls / normalizer) * grad;
    }
    if (!positive || !target) continue;
    const { value, grad } = giou(decode(head, image, anchor, options), target.box);
    const factor = (gains.box / normalizer) * positive.score;
    items.box += factor * (1 - value);
    grad.forEach((slope, side) => {
      // A larger left or top distance lowers x1 or y1
      const outward = side < 2 ? -slope : slope;
      grads[levelIndex][index(side)] = -factor * outward * level.stride;
    });
  }
  return { total: items.cls + items.box, items, grads, positives, normalizer };
}

/** Prior of an anchor, pixels. */
function priorOf(head: Head, anchor: number, { assigner }: RtmdetOptions) {
  const { stride, column, row } = gridOf(anchorAt(head, anchor));
  const offset = assigner?.offset ?? 0;
  return { stride, x: (column + offset) * stride, y: (row + offset) * stride };
}

function decode(head: Head, image: number, anchor: number, options: RtmdetOptions): Box {
  const { stride, x, y } = priorOf(head, anchor, options);
  const { data } = anchorAt(head, anchor).level;
  const index = channelAt(head, image, anchor);
  const [left, top, right, bottom] = [0, 1, 2, 3].map((side) => data[index(side)] * stride);
  return [x - left, y - top, x + right, y + bottom];
}

function atLeast(area: BoxTerm): BoxTerm {
  return area.value >= LEAST_AREA ? area : { value: LEAST_AREA, grad: [0, 0, 0, 0] };
}

function giou(pred: Box, target: Box): BoxTerm {
  const areas = areasOf(pred, target);
  const [union, hull] = [atLeast(areas.union), atLeast(areas.hull)];
  return sum(ratio(areas.intersection, union), -1, ratio(sum(hull, -1, union), hull));
}

/** Dynamic soft labels on one image. */
function assignImage(
  head: Head,
  image: number,
  targets: readonly DenseTarget[],
  options: RtmdetOptions,
): DensePositive[] {
  const { topk = 13, softCenterRadius = 3, iouCost = 3 } = options.assigner ?? {};
  const candidates = Array.from({ length: head.anchors }, (_, anchor) => anchor).filter(
    (anchor) => {
      const { x, y } = priorOf(head, anchor, options);
      return targets.some(({ box: [x1, y1, x2, y2] }) => x > x1 && x < x2 && y > y1 && y < y2);
    },
  );
  const rows = targets.map(({ cls, box, centre }) => {
    const iou = candidates.map((anchor) => {
      const { intersection, union } = areasOf(decode(head, image, anchor, options), box);
      return intersection.value / atLeast(union).value;
    });
    const cost = candidates.map((anchor, i) => {
      const { data } = anchorAt(head, anchor).level;
      const index = channelAt(head, image, anchor);
      let classes = 0;
      for (let c = 0; c < head.numClasses; c++) {
        const soft = c === cls ? iou[i] : 0;
        classes += qualityFocalTerm(data[index(FIRST_CLASS + c)], soft, options.beta ?? 2).value;
      }
      const { stride, x, y } = priorOf(head, anchor, options);
      const distance = Math.hypot(x - centre[0], y - centre[1]) / stride;
      return classes - iouCost * Math.log(iou[i] + 1e-7) + 10 ** (distance - softCenterRadius);
    });
    return { iou, cost };
  });
  return dynamicK(rows, topk).flatMap((target, i) =>
    target < 0 ? [] : [{ image, anchor: candidates[i], target, score: rows[target].iou[i] }],
  );
}
