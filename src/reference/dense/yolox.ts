import type { DetectionTargets } from '../../types.ts';
import type { Box } from '../box-terms.ts';
import { chain, ratio } from '../box-terms.ts';
import { anchorAt, type Head } from '../levels.ts';
import { binaryCrossEntropy } from '../losses/bce-with-logits.ts';
import { softplus } from '../sigmoid.ts';
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

export interface YoloxOptions extends DenseOptions {
  gains?: { box?: number; obj?: number; cls?: number; l1?: number };
  assigner?: { topk?: number; centerRadius?: number; iouCost?: number };
}

/** Channels: tx, ty, tw, th, objectness, then the classes. */
const OBJECT = 4;
const FIRST_CLASS = 5;
/** Cost of an anchor that is outside the target's own zone. */
const OUTSIDE = 1e6;
/** Least logarithm of a probability in the costs. */
const LEAST_LOG = -100;

/**
 * YOLOX's loss with SimOTA, and its exact gradient.
 *
 * @param feats [B, 5 + C, H, W] a level
 * @returns total: the sum of the items, not multiplied by B
 * Source: Ge et al., arXiv:2107.08430
 */
export function yoloxLoss(feats: Feats, targets: DetectionTargets, options: YoloxOptions) {
  const { head, images } = readDense(feats, targets, options);
  const positives = images.flatMap((list, image) => assignImage(head, image, list, options));
  const gains = { box: 5, obj: 1, cls: 1, l1: 0, ...options.gains };
  const normalizer = Math.max(positives.length, 1);
  const items = { box: 0, obj: 0, cls: 0, l1: 0 };
  const grads = feats.map(({ data }) => new Float64Array(data.length));

  const positiveAt = new Map(positives.map((p) => [p.image * head.anchors + p.anchor, p]));
  for (let i = 0; i < head.batch * head.anchors; i++) {
    const [image, anchor] = [Math.floor(i / head.anchors), i % head.anchors];
    const { level, levelIndex } = anchorAt(head, anchor);
    const index = channelAt(head, image, anchor);
    const add = (item: keyof typeof items, channel: number, value: number, grad: number) => {
      items[item] += (gains[item] / normalizer) * value;
      grads[levelIndex][index(channel)] += (gains[item] / normalizer) * grad;
    };
    const positive = positiveAt.get(i);
    const objectness = binaryCrossEntropy(level.data[index(OBJECT)], positive ? 1 : 0);
    add('obj', OBJECT, objectness.value, objectness.grad);
    if (!positive) continue;

    const target = images[image][positive.target];
    for (let c = 0; c < head.numClasses; c++) {
      const soft = c === target.cls ? positive.score : 0;
      const { value, grad } = binaryCrossEntropy(level.data[index(FIRST_CLASS + c)], soft);
      add('cls', FIRST_CLASS + c, value, grad);
    }
    const { raw, box, width, height, stride, column, row } = decode(head, image, anchor);
    const { intersection, union } = areasOf(box, target.box);
    const iou = ratio(intersection, { ...union, value: union.value + 1e-16 });
    const loss = chain(iou, 1 - iou.value ** 2, -2 * iou.value);
    const [x1, y1, x2, y2] = loss.grad;
    add('box', 0, loss.value, (x1 + x2) * stride);
    add('box', 1, 0, (y1 + y2) * stride);
    add('box', 2, 0, ((x2 - x1) / 2) * width);
    add('box', 3, 0, ((y2 - y1) / 2) * height);
    const aims = [
      target.centre[0] / stride - column,
      target.centre[1] / stride - row,
      Math.log((target.box[2] - target.box[0]) / stride + 1e-8),
      Math.log((target.box[3] - target.box[1]) / stride + 1e-8),
    ];
    raw.forEach((t, s) => {
      add('l1', s, Math.abs(t - aims[s]), Math.sign(t - aims[s]));
    });
  }
  const total = items.box + items.obj + items.cls + items.l1;
  return { total, items, grads, positives };
}

function decode(head: Head, image: number, anchor: number) {
  const at = anchorAt(head, anchor);
  const grid = gridOf(at);
  const index = channelAt(head, image, anchor);
  const raw = [0, 1, 2, 3].map((channel) => at.level.data[index(channel)]);
  const [cx, cy] = [(raw[0] + grid.column) * grid.stride, (raw[1] + grid.row) * grid.stride];
  const [width, height] = [Math.exp(raw[2]) * grid.stride, Math.exp(raw[3]) * grid.stride];
  const box: Box = [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2];
  return { ...grid, raw, box, width, height };
}

/** SimOTA on one image. */
function assignImage(
  head: Head,
  image: number,
  targets: readonly DenseTarget[],
  { assigner }: YoloxOptions,
): DensePositive[] {
  const { topk = 10, centerRadius = 1.5, iouCost = 3 } = assigner ?? {};
  const inZone = (anchor: number, [x, y]: DenseTarget['centre']) => {
    const at = anchorAt(head, anchor);
    const { stride } = at.level;
    const radius = centerRadius * stride;
    return Math.abs(at.x * stride - x) < radius && Math.abs(at.y * stride - y) < radius;
  };
  const candidates = Array.from({ length: head.anchors }, (_, anchor) => anchor)
    .filter((anchor) => targets.some(({ centre }) => inZone(anchor, centre)))
    .map((anchor) => ({
      anchor,
      box: decode(head, image, anchor).box,
      costs: classCosts(head, image, anchor),
    }));
  const rows = targets.map(({ cls, box, centre }) => {
    const iou = candidates.map((candidate) => {
      const { intersection, union } = areasOf(candidate.box, box);
      return union.value === 0 ? 0 : intersection.value / union.value;
    });
    const cost = candidates.map(
      ({ anchor, costs }, i) =>
        costs[cls] - iouCost * Math.log(iou[i] + 1e-8) + (inZone(anchor, centre) ? 0 : OUTSIDE),
    );
    return { iou, cost };
  });
  return dynamicK(rows, topk).flatMap((target, i) =>
    target < 0 ? [] : [{ image, anchor: candidates[i].anchor, target, score: rows[target].iou[i] }],
  );
}

/** Cross-entropy of r = √(p of the class · p of an object) with each one-hot class. */
function classCosts(head: Head, image: number, anchor: number): number[] {
  const { data } = anchorAt(head, anchor).level;
  const index = channelAt(head, image, anchor);
  const logObject = -softplus(-data[index(OBJECT)]);
  const logs = Array.from({ length: head.numClasses }, (_, c) => {
    const log = (logObject - softplus(-data[index(FIRST_CLASS + c)])) / 2;
    return { yes: Math.max(log, LEAST_LOG), no: Math.max(Math.log(-Math.expm1(log)), LEAST_LOG) };
  });
  const none = logs.reduce((sum, { no }) => sum - no, 0);
  return logs.map(({ yes, no }) => none + no - yes);
}
